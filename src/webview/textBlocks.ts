import { html, type TemplateResult } from 'lit';
import type { TextPart } from '../protocol.ts';
import { codeBlock } from './codeBlock.ts';
import { type Block, toBlocks } from './markdown.ts';
import type { Page } from './page.ts';
import { safeMarkup } from './sanitize.ts';

/** A text's Markdown, block by block: a block that stands still is not drawn again. */
export const textBlocks = (page: Page, part: TextPart): readonly TemplateResult[] =>
  blocksOf(part).map((block) => blockView(page, block));

const known = new WeakMap<TextPart, readonly Block[]>();

function blocksOf(part: TextPart): readonly Block[] {
  const blocks = known.get(part) ?? toBlocks(part.text);
  known.set(part, blocks);
  return blocks;
}

const blockView = (page: Page, block: Block): TemplateResult =>
  block.kind === 'code'
    ? codeBlock(page, block.text, block.language)
    : html`<div class="block" .innerHTML=${safeMarkup(block.html)}></div>`;
