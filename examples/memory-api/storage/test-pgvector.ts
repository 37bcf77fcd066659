import { type Gate, gate } from '../../../harness/setup/fixtures/parts.ts';
import { hostOf } from '../../../harness/setup/part.ts';
import { getPgvector } from '../../../harness/setup/parts/pgvector.ts';
import { startPostgres, type TestServer } from '../test-servers.ts';

/** Longer than a slow line needs for 25 MB. */
const downloadLimitMs = 120_000;

/** As `startPostgres`, with pgvector. @throws Error when it is not there and cannot be got */
export async function startPgvector(settings?: Readonly<Record<string, string>>): Promise<TestServer> {
  const { path } = await get();
  const before = process.env.POSTGRES_BIN_DIR;
  process.env.POSTGRES_BIN_DIR = path;
  try {
    return await startPostgres(settings);
  } finally {
    if (before === undefined) delete process.env.POSTGRES_BIN_DIR;
    else process.env.POSTGRES_BIN_DIR = before;
  }
}

/** As `needs('postgres')`, and it is got when it is not there. */
export async function needsPgvector(): Promise<Gate> {
  const missing = await get().then(
    () => [],
    (error: Error) => [`no PostgreSQL with pgvector: ${error.message}`],
  );
  return gate(missing);
}

function get() {
  return getPgvector(hostOf(process.env), { signal: AbortSignal.timeout(downloadLimitMs) });
}
