/* As they were when the preload was loaded: a service's tests may put clocks of their own in their place. */
const { setTimeout, clearTimeout, setImmediate, clearImmediate } = globalThis;

export { clearTimeout, setImmediate, setTimeout };
export const nowMs = performance.now.bind(performance);

/**
 * Runs `late` once `ms` are over and what came until then was read: after a turn of the event loop that took long, timers
 * come before what has arrived, and the other side would be blamed for the service's own pause. Holds no process. Returns
 * what calls it off.
 */
export function afterReading(ms: number, late: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    immediate = setImmediate(late);
  }, ms).unref();
  return () => {
    clearTimeout(timer);
    if (immediate) clearImmediate(immediate);
  };
}
