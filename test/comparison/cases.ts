/** All cases of the comparison, in the order in which they are published. */
import type { ComparedCase } from './case.js';
import { casesOfMerging } from './cases-of-merging.js';
import { casesOfMishaps } from './cases-of-mishaps.js';

export const comparedCases: readonly ComparedCase[] = [...casesOfMerging, ...casesOfMishaps];
