import { type End, within } from './fault.ts';

const dayMs = 86_400_000;

/** Stands between the process and the time of day. */
export interface Wall {
  skew(fault: { skewMs: unknown }): End;
}

/**
 * Takes the place of `Date`, so that the time of day can be off by `skewMs`: `Date.now()`, `new Date()`, `Date()` and
 * classes that extend it. All else is as before: there is one `Date.prototype`, so what was made earlier is still
 * `instanceof Date`. Put in before the service loads, so that it also reaches a service that keeps `Date.now`.
 *
 * The clock that measures durations (`performance.now`, `process.hrtime`) and timers go on; so do clocks that do not
 * ask `Date`: the `date` header of Node's HTTP server, `Intl` without a date, `Temporal.Now`.
 */
export function standAtClock(): Wall {
  let skewMs = 0;
  const { now } = Date;
  const skewed = () => now() + skewMs;
  Object.defineProperties(skewed, Object.getOwnPropertyDescriptors(now));
  Date.now = skewed;
  const Skewed = new Proxy(Date, {
    construct: (original, args, newTarget) =>
      Reflect.construct(original, skewMs !== 0 && args.length === 0 ? [skewed()] : args, newTarget),
    apply: (original) => new original(skewed()).toString(),
  });
  Object.defineProperty(Date.prototype, 'constructor', {
    value: Skewed,
    writable: true,
    configurable: true,
  });
  globalThis.Date = Skewed;
  return {
    skew(fault) {
      skewMs = within('skewMs', fault.skewMs, -3650 * dayMs, 3650 * dayMs);
      return () => {
        skewMs = 0;
      };
    },
  };
}
