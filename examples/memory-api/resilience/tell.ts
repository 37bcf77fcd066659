import type { Logger } from 'pino';
import { type BreakerChanged, channels, errorTypeOf, tell } from '../events.ts';
import type { Transition } from './breaker.ts';
import type { GuardListener } from './call-guard.ts';

/** As log lines call them; metrics and health use the short names. */
const names = { redis: 'Redis', postgres: 'PostgreSQL', embeddings: 'the embeddings provider' } as const;

export type Dependency = keyof typeof names;

/** Tells of calls to a dependency and of the breaker before it: all on channels, the breaker's changes in the log too. */
export function tellOfCalls(dependency: Dependency, log: Logger): Required<GuardListener> {
  return {
    onTransition: (change) => tellTransition(dependency, log, change),
    onDone: ({ outcome, tries, durationMs, error }) =>
      tell(channels.call, () => ({
        ...{ dependency, outcome, tries, durationMs },
        recovered: outcome === 'ok' && tries > 1,
        ...(outcome === 'error' && { errorType: errorTypeOf(error) }),
      })),
  };
}

function tellTransition(dependency: Dependency, log: Logger, { from, to }: Transition): void {
  const changed: BreakerChanged = { dependency, from, to, open: to === 'closed' ? 0 : 1 };
  tell(channels.breaker, () => changed);
  const fields = { dependency, breaker: to };
  if (to === 'open') log.warn(fields, `${names[dependency]} is left alone for a while`);
  if (to === 'closed') log.info(fields, `${names[dependency]} is used again`);
}
