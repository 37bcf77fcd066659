import type { Fault } from '../../scenario/scenario.ts';
import type { Control } from '../control/control.ts';
import type { Look, Reach } from '../fault.ts';
import { tryLink } from '../probe.ts';
import { tryForMs } from '../prove.ts';
import { lookAtClock } from './clock.ts';
import { lookAtCpu } from './cpu.ts';
import { lookAtEventLoop } from './event-loop.ts';
import { lookAtMemory } from './memory.ts';
import { lookAtNames } from './names.ts';

/** How the effect of a fault can be seen. @param readyUrl the path by which the target tells that it can serve */
export function lookAt(fault: Fault, reach: Reach, readyUrl: string): Look {
  switch (fault.kind) {
    case 'refuse':
    case 'cut':
    case 'hold':
    case 'delay': {
      const { link } = fault;
      return ({ moment }, signal) => {
        const timeoutMs = tryForMs(moment === 'during' ? fault : undefined);
        return tryLink(reach.kind(link), '127.0.0.1', reach.link(link).port, timeoutMs, signal);
      };
    }
    case 'block-event-loop':
      return lookAtEventLoop(fault, readyUrl);
    case 'allocate-heap':
      return orUnseen(lookAtMemory(fault, () => controlOf(reach).pids()));
    case 'burn-cpu':
      return orUnseen(lookAtCpu(fault, () => controlOf(reach).pids()));
    case 'slow-dns':
    case 'fail-dns':
      return orUnseen(lookAtNames(fault, controlOf(reach)));
    case 'skew-clock':
      return orUnseen(lookAtClock(fault, controlOf(reach)));
  }
}

function controlOf({ control }: Reach): Control {
  if (control) return control;
  throw new TypeError('a fault within the target needs the control channel, which was not opened');
}

/** A look that fails has seen nothing, and says why. */
function orUnseen(look: Look): Look {
  return async (view, signal) => {
    try {
      return await look(view, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { seen: 'unseen', detail: (error as Error).message };
    }
  };
}
