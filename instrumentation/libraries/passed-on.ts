/**
 * `result`, with `end` called when it is settled. What is passed on is the promise that was looked at: a look at the
 * caller's own would count as handling its rejection, of which Node would then say nothing.
 */
export function passedOn(result: unknown, end: (error: unknown) => void): unknown {
  if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') return result;
  return (result as Promise<unknown>).then(
    (value) => {
      end(undefined);
      return value;
    },
    (error) => {
      end(error);
      throw error;
    },
  );
}
