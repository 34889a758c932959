import { report } from './counts.ts';
import { runUi } from './suites.ts';

report('ui', await runUi());
