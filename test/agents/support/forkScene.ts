import assert from 'node:assert/strict';
import { type SessionId, sessionId } from '../../../src/core/model.ts';
import { acpAgent } from './acpClient.ts';
import { type ForkLab, makeForkLab } from './forkLab.ts';
import { type Proof, proveFork, type Say } from './forkProof.ts';
import type { ForkSubject } from './forkSubjects.ts';
import { splitAt } from './prefix.ts';
import type { Source } from './sources.ts';
import { kindOf, type ModelRequest } from './stubModel.ts';

/** Six turns: 2 + 3 + 2 + 2 + 3 + 2 messages. */
export const straightPrompts = [
  'First question',
  'USE_TOOL for the second question',
  'Third question',
  'THINK about the fourth question',
  'USE_TWO_TOOLS for the fifth question',
  'Last question',
] as const;
export const separatorPrompt = 'One line\u2028and one more behind U+2028';

/** The sessions that the real program wrote, to be forked. Prompts of one never occur in another. */
export interface Sources {
  readonly straight: Source;
  /** Has U+2028 in its second prompt. */
  readonly separated: Source;
  /** Was rewound to its second prompt. */
  readonly rewound: Source;
  /** Two turns, a compaction, and two turns. */
  readonly compacted: Source;
}

async function makeSources(subject: ForkSubject, { home }: ForkLab): Promise<Sources> {
  const straight = await subject.source(home, straightPrompts);
  const separated = await subject.source(home, ['Plain line', separatorPrompt, 'Plain line again']);
  const toRewind = await subject.source(home, ['One', 'Two', 'Three']);
  const rewound = await subject.rewind(home, toRewind, 1, 'Another two');
  const toCompact = await subject.source(home, ['Early one', 'Early two']);
  const compacted = await subject.compact(home, toCompact);
  for (const prompt of ['Late one', 'Late two']) await subject.say(home, prompt, compacted.id);
  return { straight, separated, rewound, compacted };
}

/** One agent on its throwaway machine, with sources to fork and all that its model was told. */
export class ForkScene implements AsyncDisposable {
  readonly subject: ForkSubject;
  readonly lab: ForkLab;
  readonly sources: Sources;
  /** Titles of the forks that were proven, by id. */
  readonly titles = new Map<string, string>();

  private constructor(subject: ForkSubject, lab: ForkLab, sources: Sources) {
    this.subject = subject;
    this.lab = lab;
    this.sources = sources;
  }

  static async make(subject: ForkSubject): Promise<ForkScene> {
    const lab = await makeForkLab(subject.agent, subject.factory);
    try {
      return new ForkScene(subject, lab, await makeSources(subject, lab));
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Asks by the command line that Copy Resume Command gives (trap 20). */
  readonly byCommand: Say = async (prompt, session) => {
    const { lab, subject } = this;
    const command = lab.store.resumeCommand?.(await lab.listed(sessionId(session)));
    assert.equal(command?.command, subject.command);
    return (await subject.resume(lab.home, prompt, command)).sessionId;
  };

  /** Asks over ACP, in a process of its own. */
  readonly overAcp: Say = async (prompt, session) => {
    await using agent = await acpAgent(this.subject.acp, this.lab.home);
    await agent.loadSession(session);
    const { text } = await agent.prompt(session, prompt);
    assert.equal(text, `Reply to: ${prompt}`);
    return session;
  };

  async prove(proof: Omit<Proof, 'messagesOf' | 'say'> & Partial<Proof>): Promise<void> {
    const messagesOf = (request: ModelRequest) => this.subject.messagesOf(request);
    const { session, title } = await proveFork(this.lab, { say: this.byCommand, messagesOf, ...proof });
    this.titles.set(session.id, title);
  }

  /** The request that asks `prompt` first, or the one after that many rounds of tools. */
  request(prompt: string, rounds = 0): ModelRequest {
    const request = this.lab.requestsFor(prompt)[rounds];
    assert.ok(request, `the model was not asked: ${prompt}`);
    return request;
  }

  /** What the model was told before `prompt`. */
  before(prompt: string): readonly string[] {
    return splitAt(this.subject.messagesOf(this.request(prompt)), prompt).prefix;
  }

  /** What the model is told of all that stands before the compaction of the compacted source. */
  atCompaction(): readonly string[] {
    if (this.subject.atCompaction.tells === 'summary') return this.before('Late one');
    const request = this.lab.stub.requests.find((candidate) => kindOf(candidate) === 'summary');
    assert.ok(request, 'the source was not compacted');
    return this.subject.messagesOf(request).slice(0, -1);
  }

  /**
   * What the model was told in the turn of `prompt` with the results of its tools. Where the agent adds a note of its
   * own before it goes on from there, the note too, once the agent's own fork has shown exactly that.
   */
  async throughResults(source: Source, prompt: string): Promise<readonly string[]> {
    const { afterResults, messagesOf } = this.subject;
    const results = messagesOf(this.request(prompt, 1));
    if (!afterResults) return results;
    const own = await afterResults.fork(this.lab.home, source, prompt);
    const told = await this.goingOn(
      sessionId(own),
      `Asked in the agent's own fork of: ${source.id} ${prompt.length}`,
    );
    assert.deepEqual(told, [...results, afterResults.note], "the agent's own fork tells something else");
    return told;
  }

  /** A fork after message number `keeps` that has a turn of its own. */
  async childOf(source: Source, keeps: number, prompt: string): Promise<SessionId> {
    const id = sessionId(source.id);
    const message = (await this.lab.messages(id))[keeps - 1];
    assert.ok(message);
    const { session } = await this.lab.fork(id, { after: message.id });
    await this.goingOn(session.id, prompt);
    return session.id;
  }

  /** Carries a session on and gives what its own model was told then. */
  async goingOn(session: SessionId, prompt: string): Promise<readonly string[]> {
    assert.equal(await this.byCommand(prompt, session), session, 'the session is no longer usable');
    return this.before(prompt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}
