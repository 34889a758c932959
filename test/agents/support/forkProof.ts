import assert from 'node:assert/strict';
import type { ForkResult } from '../../../src/core/forkService.ts';
import type { ForkPoint, Message, SessionId, SessionInfo } from '../../../src/core/model.ts';
import type { ForkLab } from './forkLab.ts';
import { splitAt } from './prefix.ts';
import type { ModelRequest } from './stubModel.ts';

/** Sends a prompt to a session by the real program; gives the id of the session that answered. */
export type Say = (prompt: string, session: string) => Promise<string>;

export interface Proof {
  readonly source: SessionId;
  /** The session that the fork is listed under: the source, or for a rewound branch the session that it is part of. */
  readonly parent?: SessionId;
  readonly verb: 'before' | 'after' | 'end';
  /** How many messages the fork is to keep: it is cut before or after the message of that number. */
  readonly keeps: number;
  readonly title?: string;
  /** Asked in the child; for a fork before a prompt, that prompt edited. */
  readonly prompt: string;
  readonly say: Say;
  /** A request's messages as texts, with nothing left out but what the agent tells anew in each run. */
  readonly messagesOf: (request: ModelRequest) => readonly string[];
  /** What the model was told of the same messages in the source. Called last: it may carry the source on. */
  readonly expected: () => Promise<readonly string[]>;
}

function pointOf(messages: readonly Message[], { verb, keeps }: Proof): ForkPoint {
  const message = messages[verb === 'before' ? keeps : keeps - 1];
  if (verb === 'end') return 'end';
  if (!message) throw new Error(`The source has ${messages.length} messages only`);
  return verb === 'before' ? { before: message.id } : { after: message.id };
}

async function assertListed(lab: ForkLab, fork: ForkResult, proof: Proof, messages: number): Promise<void> {
  const info: SessionInfo = await lab.listed(fork.session.id);
  assert.deepEqual(
    { title: info.title, messages: info.messageCount, lineage: info.lineage, problem: info.problem },
    {
      title: fork.title,
      messages,
      lineage: {
        parent: lab.ref(proof.parent ?? proof.source),
        kind: 'fork',
        messages: proof.keeps,
        how: 'recorded',
      },
      problem: undefined,
    },
    'the child is not listed as what it is',
  );
}

async function assertUntouched(
  lab: ForkLab,
  before: ReadonlyMap<string, string>,
  when: string,
): Promise<void> {
  const now = await lab.transcripts();
  const kept = [...before.keys()].map((name) => [name, now.get(name)]);
  assert.deepEqual(Object.fromEntries(kept), Object.fromEntries(before), `a transcript changed ${when}`);
}

async function fork(lab: ForkLab, proof: Proof): Promise<ForkResult> {
  const messages = await lab.messages(proof.source);
  const made = await lab.fork(proof.source, pointOf(messages, proof), proof.title);
  const next = messages[proof.keeps];
  assert.notEqual(made.session.id, proof.source);
  assert.equal(made.messages, proof.keeps);
  assert.equal(made.draft?.id, proof.verb === 'before' ? next?.id : undefined);
  return made;
}

/** What the model was told before `prompt` and beside it. It is asked once: no other session gets the prompt. */
function told(lab: ForkLab, { prompt, messagesOf }: Proof) {
  const requests = lab.requestsFor(prompt);
  const [request] = requests;
  assert.ok(request, `the prompt did not come; strays: ${lab.stub.strays.join(', ')}`);
  assert.equal(requests.length, 1, 'the model was asked more than once');
  return splitAt(messagesOf(request), prompt);
}

/**
 * Forks, goes on in the child by the real program, and compares what the model was told with the source. No transcript
 * that stood before is changed, neither by the fork nor by the child's turn. Gives the fork.
 */
export async function proveFork(lab: ForkLab, proof: Proof): Promise<ForkResult> {
  const before = await lab.transcripts();
  const made = await fork(lab, proof);
  await assertUntouched(lab, before, 'by the fork');
  await assertListed(lab, made, proof, proof.keeps);

  assert.equal(await proof.say(proof.prompt, made.session.id), made.session.id, 'another session answered');
  await lab.grown(made.session.id, proof.keeps + 2);
  await assertUntouched(lab, before, "by the child's turn");
  await assertListed(lab, made, proof, proof.keeps + 2);

  const { prefix, rest } = told(lab, proof);
  assert.deepEqual(prefix, await proof.expected(), 'the model was told something else than the prefix');
  assert.deepEqual(rest, [], 'the model was told something beside the prompt');
  return made;
}
