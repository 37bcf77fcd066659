import type pg from 'pg';

/** What a COPY of no rows takes, several times over; it grows by doubling. */
const firstBytes = 4096;

/**
 * What `copy (…) to stdout (format binary)` gives, in one piece. The driver makes a text of every value of an ordinary
 * statement, which for bytes is their hexadecimal digits: a COPY is the way by which it hands bytes on as they are.
 *
 * @throws the server's error, or that of the connection
 */
export async function copyOut(client: pg.ClientBase, sql: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // As long as somebody has it, nobody else listens for its errors.
  client.on('error', reject);
  client.query(new CopyOut(sql, resolve, reject));
  try {
    return await promise;
  } finally {
    client.off('error', reject);
  }
}

/** What pg calls while such a query is at work, see pg-copy-streams. */
class CopyOut implements pg.Submittable {
  readonly #sql: string;
  readonly #done: (bytes: Buffer) => void;
  readonly #failed: (error: Error) => void;
  #bytes = Buffer.allocUnsafe(firstBytes);
  #length = 0;
  callback = (): void => {};

  constructor(sql: string, done: (bytes: Buffer) => void, failed: (error: Error) => void) {
    this.#sql = sql;
    this.#done = done;
    this.#failed = failed;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#sql);
  }

  /** The chunk is a view of memory that the driver uses again. */
  handleCopyData({ chunk }: { chunk: Buffer }): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = needed;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback();
    this.#done(this.#bytes.subarray(0, this.#length));
  }

  handleError(error: Error): void {
    this.callback();
    this.#failed(error);
  }
}
