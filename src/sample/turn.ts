import { setTimeout as delay } from 'node:timers/promises';
import { ask, edit, run, type SampleMessage, type SampleTool, say, work } from './notation.ts';

/** What a turn may do besides answering; each step streams to the client as it happens. */
export interface Stage {
  readonly mode: string;
  /** How many images came with the prompt. */
  readonly images: number;
  readonly signal: AbortSignal;
  think(text: string): Promise<void>;
  text(text: string): Promise<void>;
  tool(tool: SampleTool, id: string, status: 'running' | 'done' | 'failed'): Promise<void>;
  /** The chosen option's kind, or undefined when the turn was stopped. */
  permission(tool: SampleTool, id: string): Promise<string | undefined>;
  plan(steps: readonly string[]): Promise<void>;
}

/** A turn that is over: what to store, and whether it was stopped. */
export interface Played {
  readonly messages: readonly SampleMessage[];
  readonly stopped: boolean;
}

const chunkMs = 120;
const toolMs = 400;
const slowSeconds = 10;
const thought = 'No model is asked here. A fixed answer shows how a turn looks.';

const testRun = run('npm test', '✓ auth (42)\n✓ upload (6)\n\n48 passed in 6.1s');
const sampleEdit = edit('src/login.ts', 'if (password.length < 12) {\n', 'if (password.length < 16) {\n');

/** Plays one turn. Its words decide: `slow` (`slow 60`: so many seconds), `edit`, `tool` or `test`, `crash`; anything else is answered. */
export async function playTurn(prompt: string, stage: Stage): Promise<Played> {
  await stage.think(thought);
  const replies = await playFor(prompt.toLowerCase())(prompt, stage);
  return { messages: [ask(prompt), ...replies], stopped: stage.signal.aborted };
}

type Play = (prompt: string, stage: Stage) => Promise<readonly SampleMessage[]>;

function playFor(words: string): Play {
  const plays: readonly (readonly [RegExp, Play])[] = [
    [/\bcrash\b/, crash],
    [/\bslow\b/, slow],
    [/\bedit\b/, editFile],
    [/\b(tool|tests?)\b/, runTests],
  ];
  return plays.find(([word]) => word.test(words))?.[1] ?? answer;
}

const answer: Play = async (prompt, stage) => {
  const chunks = [
    'This is the sample agent, answering offline. ',
    `You asked: “${excerpt(prompt)}”\n\n`,
    ...(stage.images > 0 ? [`It came with ${stage.images} ${stage.images > 1 ? 'images' : 'image'}. `] : []),
    'Fork after this reply to try the same prompt another way, ',
    'or use words such as **test**, **edit** or **slow** to see tools, permissions and Stop.',
  ];
  return [say(await speak(chunks, stage), thought)];
};

const runTests: Play = async (prompt, stage) => {
  const intro = await speak([`You asked: “${excerpt(prompt)}” `, 'I run the tests first.'], stage);
  await stage.tool(testRun, 'run', 'running');
  await pause(toolMs, stage);
  await stage.tool(testRun, 'run', 'done');
  const end = await speak(
    ['All **48 tests** pass; ', 'nothing was really run: ', 'this is the sample agent.'],
    stage,
  );
  return [work([testRun], { thinking: thought, text: intro }), say(end)];
};

const editFile: Play = async (prompt, stage) => {
  const intro = await speak([`You asked: “${excerpt(prompt)}” `], stage);
  if (stage.mode === 'plan') {
    await stage.plan(['Read src/login.ts', 'Ask for longer passwords', 'Run the tests']);
    return [
      say(intro + (await speak(['The plan stands; ', 'nothing is edited in Plan mode.'], stage)), thought),
    ];
  }
  await stage.tool(sampleEdit, 'edit', 'running');
  const answered = stage.mode === 'acceptEdits' ? 'allow_once' : await stage.permission(sampleEdit, 'edit');
  const allowed = answered?.startsWith('allow') ?? false;
  await stage.tool(sampleEdit, 'edit', allowed ? 'done' : 'failed');
  const end = allowed
    ? ['The edit is shown as made; ', 'the sample agent leaves files on disk as they are.']
    : ['The edit was refused, ', 'so nothing changes.'];
  const said = await speak(end, stage);
  return allowed
    ? [work([sampleEdit], { thinking: thought, text: intro }), say(said)]
    : [say(intro + said, thought)];
};

const slow: Play = async (prompt, stage) => {
  const [, seconds = slowSeconds] = /\bslow (\d{1,3})\b/i.exec(prompt) ?? [];
  const steps = Number(seconds) * 4;
  let said = '';
  for (let step = 1; step <= steps && !stage.signal.aborted; step += 1) {
    const chunk = `Step ${step} of ${steps}. `;
    await stage.text(chunk);
    said += chunk;
    await pause(250, stage);
  }
  return [say(said, thought)];
};

const crash: Play = async (_prompt, stage) => {
  await speak(['The sample agent ends now, as you asked.'], stage);
  process.exit(1);
};

/** Streams chunks until the turn is stopped. Returns what was said. */
async function speak(chunks: readonly string[], stage: Stage): Promise<string> {
  let said = '';
  for (const chunk of chunks) {
    if (stage.signal.aborted) {
      break;
    }
    await stage.text(chunk);
    said += chunk;
    await pause(chunkMs, stage);
  }
  return said;
}

async function pause(ms: number, { signal }: Stage): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** A prompt in one line, shortened at a word. */
function excerpt(prompt: string): string {
  const line = prompt.trim().replaceAll(/\s+/g, ' ');
  return line.length <= 80 ? line : `${line.slice(0, 80).replace(/\s\S*$/, '')}…`;
}
