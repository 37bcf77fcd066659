import type { Transition } from './breakers.ts';
import type { Clock } from './clock.ts';
import type { Line } from './loki.ts';
import type { Origin } from './pino-lines.ts';

/** The log line of a breaker that changed its state, in the same stream and format as the service's own lines. */
export function transitionLine({ atMs, breaker, from, to }: Transition, origin: Origin, clock: Clock): Line {
  const text = JSON.stringify({
    timestamp: new Date(atMs).toISOString(),
    level: 'warn',
    message: `circuit breaker ${breaker}: ${from} -> ${to}`,
    ...origin,
    event: 'circuit_breaker.transition',
    'circuit_breaker.name': breaker,
    'circuit_breaker.state': to,
    'circuit_breaker.previous_state': from,
  });
  return { atNs: clock.now(atMs).atNs, level: 'warn', text };
}
