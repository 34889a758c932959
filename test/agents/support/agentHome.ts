import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { endDaemons } from './daemons.ts';
import { pathWithOurNode } from './programs.ts';

export type AgentName = 'claude-code' | 'qwen-code' | 'codex' | 'opencode' | 'gemini-cli' | 'goose' | 'pi';

/** A throwaway machine for one agent: a home with the agent's settings, and a project to work in. */
export interface AgentHome extends AsyncDisposable {
  readonly agent: AgentName;
  readonly home: string;
  readonly project: string;
  /** The whole environment of a run; nothing of the person's own comes through. */
  readonly env: Readonly<Record<string, string>>;
  /** The part of it that is this agent's. */
  readonly own: Readonly<Record<string, string>>;
}

interface Setup {
  readonly env: Readonly<Record<string, string>>;
  /** Path below the home -> its text. */
  readonly files: Readonly<Record<string, string>>;
}

/** Where an agent lives, and the model that it asks. */
export interface Place {
  readonly home: string;
  readonly project: string;
  readonly url: string;
}

const key = 'stub-key';
const model = 'stub-model';
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const claude = ({ home, project, url }: Place): Setup => ({
  env: {
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: key,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false',
  },
  files: {
    '.claude/.claude.json': json({
      hasCompletedOnboarding: true,
      projects: { [project]: { hasTrustDialogAccepted: true } },
    }),
  },
});

const qwen = ({ home, url }: Place): Setup => ({
  env: {
    QWEN_HOME: join(home, '.qwen'),
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_API_KEY: key,
    OPENAI_MODEL: model,
  },
  files: {
    '.qwen/settings.json': json({
      security: { auth: { selectedType: 'openai' } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      // Both would ask the stub in the background, at unforeseen times.
      ui: { enableFollowupSuggestions: false },
      memory: { enableManagedAutoMemory: false, enableManagedAutoDream: false, enableAutoSkill: false },
    }),
  },
});

const codex = ({ home, project, url }: Place): Setup => ({
  env: { CODEX_HOME: join(home, '.codex'), STUB_KEY: key },
  files: {
    // No sandbox: it needs kernel features that a container may lack, and the stub only ever echoes.
    '.codex/config.toml': [
      `model = "${model}"`,
      'model_provider = "stub"',
      'approval_policy = "never"',
      'sandbox_mode = "danger-full-access"',
      'check_for_update_on_startup = false',
      'daemon_auto_start = false',
      '[analytics]',
      'enabled = false',
      '[model_providers.stub]',
      'name = "Stub"',
      `base_url = "${url}/v1"`,
      'wire_api = "responses"',
      'env_key = "STUB_KEY"',
      `[projects.${JSON.stringify(project)}]`,
      'trust_level = "trusted"',
      '',
    ].join('\n'),
  },
});

const opencode = ({ url }: Place): Setup => ({
  env: { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' },
  files: {
    '.config/opencode/opencode.json': json({
      model: `stub/${model}`,
      small_model: `stub/${model}`,
      autoupdate: false,
      share: 'disabled',
      enabled_providers: ['stub'],
      provider: {
        stub: {
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: `${url}/v1`, apiKey: key },
          models: { [model]: { tool_call: true, limit: { context: 200_000, output: 8_000 } } },
        },
      },
    }),
  },
});

const gemini = ({ url }: Place): Setup => ({
  env: { GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  files: {
    '.gemini/settings.json': json({
      security: { auth: { selectedType: 'gemini-api-key' } },
      // A model by name: without one, a router asks the stub first and waits for JSON.
      model: { name: 'gemini-2.5-pro' },
      general: { enableAutoUpdate: false, sessionRetention: { enabled: false } },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    }),
  },
});

const goose = ({ url }: Place): Setup => ({
  env: {
    GOOSE_PROVIDER: 'openai',
    GOOSE_MODEL: model,
    GOOSE_MODE: 'auto',
    GOOSE_DISABLE_KEYRING: '1',
    GOOSE_TELEMETRY_ENABLED: 'false',
    OPENAI_HOST: url,
    OPENAI_API_KEY: key,
  },
  files: {
    '.config/goose/config.yaml': [
      'extensions:',
      '  developer:',
      '    enabled: true',
      '    type: builtin',
      '    name: developer',
      '    timeout: 60',
      '',
    ].join('\n'),
  },
});

const pi = ({ home, url }: Place): Setup => ({
  env: { PI_CODING_AGENT_DIR: join(home, '.pi/agent'), PI_OFFLINE: '1', PI_TELEMETRY: '0' },
  files: {
    '.pi/agent/settings.json': json({ defaultProvider: 'stub', defaultModel: model }),
    '.pi/agent/models.json': json({
      providers: {
        stub: {
          baseUrl: `${url}/v1`,
          api: 'openai-completions',
          apiKey: key,
          models: [{ id: model, contextWindow: 200_000 }],
        },
      },
    }),
  },
});

const setups: Record<AgentName, (place: Place) => Setup> = {
  'claude-code': claude,
  'qwen-code': qwen,
  'gemini-cli': gemini,
  codex,
  opencode,
  goose,
  pi,
};

/** Programs need these to start at all; they say nothing about the person. */
const kept = ['LANG', 'TZ', 'TMPDIR', 'SystemRoot', 'ComSpec', 'PATHEXT', 'TEMP', 'TMP', 'LD_LIBRARY_PATH'];

function plainEnvironment(home: string): Record<string, string> {
  const passed = kept.map((name) => [name, process.env[name]] as const);
  const env = Object.fromEntries(passed.filter((entry): entry is [string, string] => entry[1] !== undefined));
  return {
    ...env,
    PATH: pathWithOurNode(),
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_STATE_HOME: join(home, '.local/state'),
    XDG_CACHE_HOME: join(home, '.cache'),
    NO_COLOR: '1',
    CI: '1',
  };
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

const projectFiles = { 'README.md': '# Sample\n', 'note1.md': 'One\n', 'note2.md': 'Two\n' };

/** Settings point the agent at the stub; the folder is removed when the home is disposed of. */
export async function makeAgentHome(agent: AgentName, stub: { readonly url: string }): Promise<AgentHome> {
  const root = await realpath(await mkdtemp(join(tmpdir(), `session-forks-${agent}-`)));
  const place = { home: join(root, 'home'), project: join(root, 'project'), url: stub.url };
  await writeAll(place.project, projectFiles);
  return {
    ...(await furnish(agent, place)),
    async [Symbol.asyncDispose]() {
      await endDaemons(place.home);
      // A program that is just ending may still write into its home.
      await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Settings that point the agent at the stub, in a home that other agents and programs may share. */
export async function furnish(
  agent: AgentName,
  place: Place,
): Promise<Omit<AgentHome, typeof Symbol.asyncDispose>> {
  const { home, project } = place;
  const { env, files } = setups[agent](place);
  await writeAll(home, files);
  return { agent, home, project, env: { ...plainEnvironment(home), ...env }, own: env };
}
