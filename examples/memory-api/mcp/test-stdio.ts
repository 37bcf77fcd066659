import { fail, main } from './stdio.ts';
import { testOperations } from './test-operations.ts';

/* The process of stdio.ts, over the operations of the tests. */

await main(testOperations).catch(fail);
