// A few of each, so that every run of the unit tests holds the stores to it; `npm run faults` does it 500 times.
import '../../faults/faults.test.ts';
import '../../faults/ownFiles.test.ts';
