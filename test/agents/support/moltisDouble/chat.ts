import { randomUUID } from 'node:crypto';
import type { HistoryRecord, MoltisData } from './database.ts';
import { type Broadcast, type Params, type SessionMethods, textParam } from './sessions.ts';

/** What the model of a scripted turn does, step by step. `approve` waits for the person's word before the tool runs. */
export type Step =
  | { readonly thinking: string }
  | { readonly text: string }
  | {
      readonly tool: string;
      readonly args: HistoryRecord;
      readonly result: HistoryRecord;
      readonly approve?: boolean;
    }
  | { readonly wait: Promise<unknown> }
  | { readonly fail: string };

export interface Approval {
  readonly decision: string;
  readonly command?: string;
}

interface Run {
  readonly id: string;
  readonly key: string;
  readonly stop: PromiseWithResolvers<'stopped'>;
  said: string;
}

/** The `chat.*` methods of the gateway, with a scripted model. */
export class ChatMethods {
  readonly #data: MoltisData;
  readonly #sessions: SessionMethods;
  readonly #broadcast: Broadcast;
  readonly #runs = new Map<string, Run>();
  readonly #queue: Params[] = [];
  readonly #asked = new Map<string, (approval: Approval) => void>();
  /** What the model received, a request each: role and text of every message, the prompt last. */
  readonly requests: (readonly string[])[] = [];
  readonly approvals: Approval[] = [];
  /** Parameters of every `chat.send`. */
  readonly sent: Params[] = [];
  script: (prompt: string) => readonly Step[] = (prompt) => [{ text: `Answer to ${prompt}` }];

  constructor(data: MoltisData, sessions: SessionMethods, broadcast: Broadcast) {
    this.#data = data;
    this.#sessions = sessions;
    this.#broadcast = broadcast;
  }

  send(params: Params): HistoryRecord {
    const key = textParam(params, 'sessionKey');
    this.sent.push(params);
    if (this.#runs.has(key)) {
      this.#queue.push(params);
      this.#broadcast('chat', {
        sessionKey: key,
        state: 'queued',
        mode: 'followup',
        position: this.#queue.length,
      });
      return { ok: true, queued: true, mode: 'followup' };
    }
    const run: Run = { id: randomUUID(), key, stop: Promise.withResolvers<'stopped'>(), said: '' };
    this.#runs.set(key, run);
    this.#sessions.replying.add(key);
    if (!this.#data.row(key)) this.#data.insert(key);
    setImmediate(() => void this.#run(run, params));
    return { ok: true, runId: run.id };
  }

  abort(params: Params): HistoryRecord {
    const run = this.#runs.get(textParam(params, 'sessionKey'));
    run?.stop.resolve('stopped');
    return { ok: true, aborted: run !== undefined };
  }

  resolve(params: Params): HistoryRecord {
    const decision = textParam(params, 'decision');
    if (decision !== 'approved' && decision !== 'denied') throw new Error(`invalid decision: ${decision}`);
    const approval = { decision, ...(typeof params.command === 'string' ? { command: params.command } : {}) };
    this.approvals.push(approval);
    this.#asked.get(textParam(params, 'requestId'))?.(approval);
    return { ok: true };
  }

  async #run(run: Run, params: Params): Promise<void> {
    const content = params.content ?? params.text;
    const text = contentText(content);
    this.requests.push([...this.#data.read(run.key).flatMap(toldOf), `user ${text}`]);
    this.#append(run, { role: 'user', content });
    this.#tell(run, { state: 'user_message', text });
    this.#tell(run, { state: 'thinking' });
    const end = await this.#play(run, text);
    this.#runs.delete(run.key);
    this.#sessions.replying.delete(run.key);
    this.#tell(run, end);
    const next = this.#queue.findIndex(({ sessionKey }) => sessionKey === run.key);
    const [queued] = next === -1 ? [] : this.#queue.splice(next, 1);
    if (queued) this.send(queued);
  }

  async #play(run: Run, prompt: string): Promise<HistoryRecord> {
    for (const step of this.script(prompt)) {
      if ('fail' in step) {
        return { state: 'error', error: { type: 'api_error', title: 'Error', detail: step.fail } };
      }
      if ((await Promise.race([this.#step(run, step), run.stop.promise])) === 'stopped') {
        const partialMessage = run.said === '' ? undefined : { role: 'assistant', content: run.said };
        const count = partialMessage && this.#append(run, partialMessage);
        return {
          state: 'aborted',
          ...(partialMessage ? { partialMessage, messageIndex: (count ?? 1) - 1 } : {}),
        };
      }
    }
    const usage = {
      model: 'stub::model',
      provider: 'stub',
      inputTokens: 100,
      outputTokens: 5,
      cacheReadTokens: 90,
    };
    const count = this.#append(run, { role: 'assistant', content: run.said, ...usage });
    return { state: 'final', text: run.said, ...usage, messageIndex: count - 1, replyMedium: 'text' };
  }

  async #step(run: Run, step: Step): Promise<void> {
    if ('wait' in step) {
      await step.wait;
    } else if ('thinking' in step) {
      this.#tell(run, { state: 'thinking_text', text: step.thinking });
    } else if ('text' in step) {
      run.said += step.text;
      this.#tell(run, { state: 'delta', text: step.text });
    } else if ('tool' in step) {
      await this.#tool(run, step);
    }
  }

  async #tool(run: Run, step: Extract<Step, { tool: string }>): Promise<void> {
    const call = { toolCallId: `call_${randomUUID()}`, toolName: step.tool };
    this.#tell(run, { state: 'tool_call_start', ...call, arguments: step.args });
    const denied = step.approve === true && (await this.#ask(run, step)).decision === 'denied';
    const outcome = denied
      ? { success: false, error: 'command denied' }
      : { success: true, result: step.result };
    run.said = '';
    this.#append(run, {
      role: 'assistant',
      content: '',
      tool_calls: [
        {
          id: call.toolCallId,
          type: 'function',
          function: { name: step.tool, arguments: JSON.stringify(step.args) },
        },
      ],
    });
    this.#append(run, {
      role: 'tool_result',
      tool_call_id: call.toolCallId,
      tool_name: step.tool,
      arguments: step.args,
      ...outcome,
    });
    const told = denied
      ? { success: false, error: { type: 'tool', title: 'Denied', detail: 'command denied' } }
      : outcome;
    this.#tell(run, { state: 'tool_call_end', ...call, ...told });
  }

  #ask(run: Run, { args }: Extract<Step, { tool: string }>): Promise<Approval> {
    const requestId = randomUUID();
    return new Promise((resolve) => {
      this.#asked.set(requestId, resolve);
      this.#broadcast('exec.approval.requested', { requestId, command: args.command, sessionKey: run.key });
    });
  }

  #append(run: Run, record: HistoryRecord): number {
    return this.#data.append(run.key, { ...record, created_at: Date.now(), run_id: run.id });
  }

  #tell(run: Run, payload: HistoryRecord): void {
    this.#broadcast('chat', { runId: run.id, sessionKey: run.key, ...payload });
  }
}

/** Notices are for people; the model hears everything else. */
function toldOf(record: HistoryRecord): readonly string[] {
  if (record.role === 'notice') return [];
  return [`${String(record.role)} ${contentText(record.content ?? record.tool_calls ?? record.result)}`];
}

function contentText(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content);
}
