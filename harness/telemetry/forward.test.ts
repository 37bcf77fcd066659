import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createForwarder } from './forward.ts';

it('to somebody who never answers: the queue is bounded, and the end comes within 2 s', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const forwarder = createForwarder(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  const body = Buffer.alloc(9 * 1024 * 1024);
  for (let passed = 0; passed < 10; passed += 1) forwarder.pass({ path: '/v1/traces', headers: {}, body });
  // 4 are under way, 3 of 9 MB wait within 32 MB, 3 are dropped at once.
  expect(forwarder.failures).toBe(3);

  const startMs = performance.now();
  await forwarder[Symbol.asyncDispose]();
  expect(performance.now() - startMs).toBeLessThan(4000);
  expect(forwarder.failures).toBe(10);
  forwarder.pass({ path: '/v1/traces', headers: {}, body });
  expect(forwarder.failures).toBe(11);
  silent.closeAllConnections();
  silent.close();
});
