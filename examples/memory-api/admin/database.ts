import pg from 'pg';

export interface AdminDatabaseOptions {
  url: string;
  connectTimeoutMs: number;
}

/**
 * Runs `work` on one connection of its own. It has no limit for a statement: a vacuum takes as long as it takes.
 *
 * @throws what `work` throws, and the error of the connection
 */
export async function connected<R>(
  { url, connectTimeoutMs }: AdminDatabaseOptions,
  work: (client: pg.Client) => Promise<R>,
): Promise<R> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'memory-admin',
    statement_timeout: 0,
  });
  // Whatever breaks the connection also fails the statement that waits for it.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** @throws the error of `work`, after everything that it did was taken back */
export async function inTransaction<R>(client: pg.Client, begin: string, work: () => Promise<R>): Promise<R> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // A broken connection has taken everything back already.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}
