import { postgresLogin } from './service.ts';

const answerMs = 1_000;

/** One setting of the PostgreSQL at this port, as `SHOW` gives it. @throws Error when it does not answer in a second. */
export async function showSetting(
  port: number,
  setting: 'server_version' | 'data_directory',
): Promise<string> {
  // Loaded at the first question: a command that starts nothing need not wait for it.
  const { Client } = await import('pg');
  const client = new Client({
    ...postgresLogin,
    host: '127.0.0.1',
    port,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, string>>(`SHOW ${setting}`);
    return rows[0]![setting]!;
  } finally {
    await client.end();
  }
}
