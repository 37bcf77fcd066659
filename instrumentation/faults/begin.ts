import { allocateHeap } from './allocate-heap.ts';
import { blockEventLoop } from './block-event-loop.ts';
import { burnCpu } from './burn-cpu.ts';
import type { Wall } from './clock.ts';
import type { Resolver } from './dns.ts';
import { type End, type NodeFault, Refusal } from './fault.ts';

/** What had to be put in place before the service loaded. */
export interface Levers {
  resolver: Resolver;
  wall: Wall;
}

/** Puts a fault in force. A new one is one file and one line here. @throws Refusal */
export async function begin(fault: NodeFault, { resolver, wall }: Levers): Promise<End> {
  switch (fault.kind) {
    case 'block-event-loop':
      return blockEventLoop(fault);
    case 'allocate-heap':
      return allocateHeap(fault);
    case 'burn-cpu':
      return burnCpu(fault);
    case 'slow-dns':
      return resolver.slow(fault);
    case 'fail-dns':
      return resolver.fail(fault);
    case 'skew-clock':
      return wall.skew(fault);
    default:
      throw new Refusal(
        `expected a fault that this preload knows, got ${JSON.stringify((fault as { kind: unknown }).kind)}`,
      );
  }
}
