import { join, resolve } from 'node:path';
import type { StoreEnvironment } from '../index.ts';

/** Where Moltis keeps its sessions and its settings (20260820.01). */
export interface Place {
  /** Its data folder. */
  readonly folder: string;
  readonly database: string;
  /** The folder of all histories and their media. */
  readonly histories: string;
  /** The folder of `moltis.toml` and of the gateway's certificates. */
  readonly config: string;
}

/** Data by the person's setting, MOLTIS_DATA_DIR, `~/.moltis`; settings by MOLTIS_CONFIG_DIR, `~/.config/moltis`. */
export function placeOf({ home, variables }: StoreEnvironment, setting: string | undefined): Place {
  const folder = resolve(setting || variables.MOLTIS_DATA_DIR || join(home, '.moltis'));
  return {
    folder,
    database: join(folder, 'moltis.db'),
    histories: join(folder, 'sessions'),
    config: resolve(variables.MOLTIS_CONFIG_DIR || join(home, '.config', 'moltis')),
  };
}
