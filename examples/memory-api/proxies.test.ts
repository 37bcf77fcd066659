import { expect, it } from 'vitest';
import { startApp } from './test-app.ts';

/** It is asked for nothing that it would need a server for. */
const settings = { DATABASE_URL: 'postgres://127.0.0.1:1/none', CACHE_ENABLED: 'false' };

it.each([
  ['false', '127.0.0.1'],
  // The left-most address is what the client says of itself.
  ['1', '10.0.0.3'],
  ['2', '10.0.0.2'],
  ['127.0.0.1', '10.0.0.3'],
  ['loopback,10.0.0.3', '10.0.0.2'],
])('TRUST_PROXY=%s takes a client to be at %s', async (TRUST_PROXY, address) => {
  await using service = await startApp({ ...settings, TRUST_PROXY }, (app) => {
    app.get('/address', ({ ip }) => ({ ip }));
  });
  const headers = { 'x-forwarded-for': '8.8.8.8, 10.0.0.2, 10.0.0.3' };
  const answer = await fetch(`${service.app.listeningOrigin}/address`, { headers });
  expect(await answer.json()).toEqual({ ip: address });
});
