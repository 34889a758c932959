export type Variables = Readonly<Record<string, string | undefined>>;

/** The variables by which whoever starts the server tells it what it cannot know. All of them are optional. */
export const variableNames = {
  /** Who runs the server: the agent's id, its session's id, and its folder. */
  agent: 'SESSION_FORKS_AGENT',
  session: 'SESSION_FORKS_SESSION',
  folder: 'SESSION_FORKS_FOLDER',
  /** The file of recorded forks that the server shares with the extension. */
  lineage: 'SESSION_FORKS_LINEAGE',
  /** The settings `sessionForks.folders` and `sessionForks.commands`, as JSON. */
  folders: 'SESSION_FORKS_FOLDERS',
  commands: 'SESSION_FORKS_COMMANDS',
  linkBase: 'SESSION_FORKS_LINK_BASE',
} as const;
