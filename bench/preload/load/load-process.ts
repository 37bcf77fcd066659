/** The generator has a process of its own: what the bench does meanwhile must not delay a request. */
import { generate } from './generator.ts';
import type { Order } from './order.ts';

process
  .on('message', async (order: Order) => process.send!(await generate(order)))
  .once('disconnect', () => process.exit());
