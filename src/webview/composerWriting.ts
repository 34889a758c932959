import type { Draft, Mention } from '../protocol.ts';

/** A prompt of the history stands in the composer; `draft` is what the person had written before. */
export interface Walk {
  readonly at: number;
  readonly text: string;
  readonly draft: Draft;
}

/** What the composer knows besides its draft. It goes with the page. */
export interface Writing {
  /** Where the cursor stands in the text; `moved`: the field does not know it yet. */
  caret: number;
  moved: boolean;
  /** The completion that Enter would choose. */
  chosen: number;
  /** The person closed the completions of the text as it is. */
  closed: boolean;
  /** What was asked of the host behind the @, and what it has answered last. */
  query: string | undefined;
  mentions: readonly Mention[];
  walk: Walk | undefined;
  /** The panel has the keyboard and nothing in it has the focus: the composer takes it with the next draw. */
  takesFocus: boolean;
  /** What could not be done with what was written, pasted or dropped, as a sentence. */
  remark: string;
}

export const emptyDraft: Draft = { text: '', attachments: [], note: '' };

/** Whether a draft takes long to be handed over, in base64 letters of its images. */
export const isLarge = ({ attachments }: Draft): boolean =>
  attachments.reduce((sum, { data = '' }) => sum + data.length, 0) > 200_000;

export const newWriting = (): Writing => ({
  caret: 0,
  moved: false,
  chosen: 0,
  closed: false,
  query: undefined,
  mentions: [],
  walk: undefined,
  takesFocus: false,
  remark: '',
});
