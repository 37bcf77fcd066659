import type { Control } from '../control/control.ts';
import type { FaultOf, Look } from '../fault.ts';

/**
 * Has the target look up a name. Names are looked up within the process, where nobody else can see it: here the target
 * is its own witness, and the detail says so.
 */
export function lookAtNames(fault: FaultOf<'slow-dns' | 'fail-dns'>, control: Control): Look {
  const name = fault.names?.[0] ?? 'localhost';
  return async (_, signal) => {
    const lookups = (await control.status(name, signal)).flatMap(({ lookup }) => lookup ?? []);
    const slowest = lookups.reduce((a, b) => (b.tookMs > a.tookMs ? b : a));
    const affected = lookups.filter((it) =>
      fault.kind === 'slow-dns' ? it.tookMs >= fault.latencyMs : it.failed === fault.code,
    );
    const how = slowest.failed === undefined ? 'was found' : `failed with ${slowest.failed}`;
    return {
      seen: affected.length === lookups.length ? 'affected' : 'works',
      measured: { value: slowest.tookMs, unit: 'ms' },
      detail: `the target says of itself: "${name}" ${how} after ${slowest.tookMs.toFixed(1)} ms`,
    };
  };
}
