/* As they were when the preload was loaded: a service's tests may put clocks of their own in their place. */
const { setTimeout, clearTimeout, setImmediate, clearImmediate } = globalThis;

export { clearTimeout, setImmediate, setTimeout };
export const nowMs = performance.now.bind(performance);

/** A wait is made of so many, after each of which what came until then is read. */
const parts = 4;

/**
 * Runs `late` once `ms` are over in which this thread could read: after a turn of the event loop that took long, timers come
 * before what has arrived, and the other side would be blamed for the service's own pause. Such a turn counts as one part at
 * most, whatever it took; the others are left for what takes several steps, as to connect, to write and to be answered do.
 * Holds no process. Returns what calls it off.
 */
export function afterReading(ms: number, late: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  const wait = (partsLeft: number) => {
    timer = setTimeout(
      () => {
        immediate = setImmediate(partsLeft > 1 ? () => wait(partsLeft - 1) : late);
      },
      Math.ceil(ms / parts),
    ).unref();
  };
  wait(parts);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
