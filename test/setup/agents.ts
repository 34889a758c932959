import { report } from './counts.ts';
import { runAgents } from './suites.ts';

report('agents', await runAgents());
