/** Under this an error keeps when what it tells of is over; a symbol, so that no log shows it. */
const over = Symbol('over');

/**
 * Says of an error that the call may have its effect later, though nobody waits for it any more: until `end`, which
 * never rejects, nobody knows.
 */
export function withAftermath(error: unknown, end: Promise<void>): unknown {
  return error instanceof Error ? Object.assign(error, { [over]: end }) : error;
}

/** When it is over, as the error or one of its causes says; undefined when it is over already. */
export function aftermathOf(error: unknown): Promise<void> | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (over in cause) return cause[over] as Promise<void>;
  return undefined;
}
