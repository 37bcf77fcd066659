import { rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as rest } from 'node:timers/promises';
import { readConfig } from '../../examples/memory-api/config.ts';
import { openPool } from '../../examples/memory-api/database.ts';
import { ApiKeys } from '../../examples/memory-api/http/api-keys.ts';
import { createLogger } from '../../examples/memory-api/logger.ts';
import { createVisits } from './visits.ts';

/**
 * Uses the memory API gently and for ever, so that whoever opens the dashboards sees them with data in them. It is told
 * where by SERVICE_URL, and by DATABASE_URL where it may issue itself a key. One answer alone makes it end: that its key is
 * none (any longer). To go on would be told of as an attack, for ever; whoever starts it again gives it a new key.
 *
 *   1. Takes back the keys of visitors that were killed on this machine, and issues itself one. Those of other machines, and a
 *      container is one, may be at work: two that take back each other's would never end.
 *   2. Asks one thing after the other. After each good answer it renews the file ANSWERED_FILE, when it is told one, by
 *      whose age others see that it is well.
 *   3. SIGTERM or SIGINT: removes what it has written, takes back its key, and ends with 0. Refused with 401: ends with 77.
 */
const name = `visitor on ${hostname()}`;
/** EX_NOPERM of sysexits.h. */
const exitCodeOfRefusal = 77;
/** Five requests a second: far from every limit of the service, and enough for a percentile. */
const pauseMs = 200;
const answerMs = 5000;

const config = readConfig();
const log = createLogger(config.logLevel);
const { SERVICE_URL: url = `http://127.0.0.1:${config.port}`, ANSWERED_FILE: answeredFile } = process.env;
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

const pool = openPool({ ...config.database, poolSize: 1 }, log);
const keys = new ApiKeys(pool);
for (const left of await keys.list()) if (left.name === name && !left.revokedAt) await keys.revoke(left.id);
const { id, key } = await keys.issue(name);
const visits = createVisits({ url, key, memories: config.seed.count, answerMs });

log.info({ url }, 'visiting');
let good: boolean | undefined;
while (!stop.signal.aborted) {
  const told = await visits.next();
  if (told.answer === 401) {
    log.fatal(told, 'my key is not good (any longer)');
    process.exitCode = exitCodeOfRefusal;
    break;
  }
  if (told.good !== good)
    log[told.good ? 'info' : 'warn'](told, told.good ? 'it answers' : 'it does not answer well');
  good = told.good;
  if (good && answeredFile) writeFileSync(answeredFile, '');
  await rest(pauseMs, undefined, { signal: stop.signal }).catch(() => {});
}

if (!process.exitCode) await visits.tidy();
await keys.revoke(id);
await pool.end();
if (answeredFile) rmSync(answeredFile, { force: true });
log.info('left');
