import type { Fault } from '../scenario/scenario.ts';
import { cut } from './cut.ts';
import { delay } from './delay.ts';
import type { Inject } from './fault.ts';
import { hold } from './hold.ts';
import { inTarget } from './in-target.ts';
import { refuse } from './refuse.ts';

/** Puts a fault in force. A new fault is one file and one line here. */
export const inject: Inject<Fault> = (fault, reach, signal, forMs) => {
  switch (fault.kind) {
    case 'refuse':
      return refuse(fault, reach, signal, forMs);
    case 'cut':
      return cut(fault, reach, signal, forMs);
    case 'hold':
      return hold(fault, reach, signal, forMs);
    case 'delay':
      return delay(fault, reach, signal, forMs);
    case 'block-event-loop':
    case 'allocate-heap':
    case 'burn-cpu':
    case 'slow-dns':
    case 'fail-dns':
    case 'skew-clock':
      return inTarget(fault, reach, signal, forMs);
  }
};
