import type { Fault } from '../scenario/scenario.ts';
import { cut } from './cut.ts';
import { delay } from './delay.ts';
import type { Inject } from './fault.ts';
import { hold } from './hold.ts';
import { refuse } from './refuse.ts';

/** Puts a fault in force. A new fault is one file and one line here. */
export const inject: Inject<Fault> = (fault, reach, signal) => {
  switch (fault.kind) {
    case 'refuse':
      return refuse(fault, reach, signal);
    case 'cut':
      return cut(fault, reach, signal);
    case 'hold':
      return hold(fault, reach, signal);
    case 'delay':
      return delay(fault, reach, signal);
  }
};
