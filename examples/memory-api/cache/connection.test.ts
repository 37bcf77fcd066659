import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { createLogger } from '../logger.ts';
import { startRedis } from '../test-servers.ts';
import { RedisConnection } from './connection.ts';

const gate = await needs('redis');
const breaker = { enabled: true, failures: 5, resetMs: 60_000 };

async function connect(url: string, commandTimeoutMs: number): Promise<RedisConnection> {
  const connection = new RedisConnection({ url, commandTimeoutMs, breaker }, createLogger('silent'));
  onTestFinished(() => connection.client.disconnect());
  await connection.open();
  return connection;
}

/** Nothing else runs in this process meanwhile. */
function standStill(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

it.runIf(gate.runs)(gate.titled('a pause of its own is not blamed on Redis'), async () => {
  await using redis = await startRedis();
  // Redis has that long to answer the client's first questions too, on a machine that may be busy.
  const commandTimeoutMs = 1000;
  const connection = await connect(redis.url, commandTimeoutMs);
  const asked = Array.from({ length: 2 * breaker.failures }, () => connection.run((client) => client.ping()));
  // So that they are sent before.
  await new Promise((sent) => setImmediate(sent));
  standStill(2 * commandTimeoutMs);
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['PONG']));
  expect(connection.state).toBe('closed');
});

it('no answer is', async () => {
  const silent = createServer((socket) => void socket.once('data', () => socket.write('-ERR\r\n'.repeat(3))));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as { port: number };
  const connection = await connect(`redis://127.0.0.1:${port}`, 50);
  const asked = Array.from({ length: breaker.failures }, () => connection.run((client) => client.ping()));
  for (const { status } of await Promise.allSettled(asked)) expect(status).toBe('rejected');
  expect(connection.state).toBe('open');
});
