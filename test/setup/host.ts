import { report } from './counts.ts';
import { runHost } from './suites.ts';

report('host', await runHost());
