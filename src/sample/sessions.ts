import type { SampleSession } from './notation.ts';
import { oauth } from './story/oauth.ts';
import { elsewhere, others } from './story/others.ts';
import { upload } from './story/upload.ts';

/** The story of the sample sessions: the app "acme-api" and the folders beside it. Parents come before their forks. */
export const sampleSessions: readonly SampleSession[] = [...oauth, ...upload, ...others, ...elsewhere];
