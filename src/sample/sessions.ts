import type { SampleSession } from './notation.ts';
import { oauth } from './story/oauth.ts';
import { elsewhere, others } from './story/others.ts';
import { upload } from './story/upload.ts';

/** The story of the sample sessions: the app "acme-api", and a few in other folders. Parents come before their forks. */
export const sampleSessions: readonly SampleSession[] = [...oauth, ...upload, ...others, ...elsewhere];
