import type { Host } from '../host.ts';
import type { Journal } from '../journal/journal.ts';
import type { StartContext } from '../stack/service.ts';
import type { Early } from './ending.ts';
import type { RunOrder, Teller } from './order.ts';
import type { Parts } from './parts.ts';

/** What everything within one run works with. */
export interface Stage {
  order: RunOrder;
  host: Host;
  parts: Parts;
  tell: Teller;
  journal: Journal;
  context: StartContext;
  early: Early;
}
