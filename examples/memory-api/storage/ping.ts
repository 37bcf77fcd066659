import type pg from 'pg';

/** Nothing came in time: the connection hangs, or the server does. */
export class SilenceError extends Error {
  override name = 'SilenceError';
}

/**
 * Asks the server for a sign of life with the protocol's Sync message, which it answers at once: no statement is parsed,
 * logged or counted. https://www.postgresql.org/docs/current/protocol-message-formats.html
 *
 * @throws SilenceError when nothing comes within the time; Error when the connection is broken
 */
export async function ping(client: pg.PoolClient, timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new SilenceError(`the connection did not answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  // Until somebody has it, nobody listens for its errors.
  client.on('error', reject);
  client.query(new Sync(resolve, reject));
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    client.off('error', reject);
  }
}

/** What pg calls while such a query is at work, see pg-cursor. */
class Sync implements pg.Submittable {
  readonly #answered: () => void;
  readonly #failed: (error: Error) => void;
  callback = (): void => {};

  constructor(answered: () => void, failed: (error: Error) => void) {
    this.#answered = answered;
    this.#failed = failed;
  }

  submit(connection: pg.Connection): void {
    connection.sync();
  }

  handleReadyForQuery(): void {
    this.callback();
    this.#answered();
  }

  handleError(error: Error): void {
    this.callback();
    this.#failed(error);
  }
}
