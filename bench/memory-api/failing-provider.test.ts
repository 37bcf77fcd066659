import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { FailingProvider } from './failing-provider.ts';

const ask = ({ url }: FailingProvider, input: string) =>
  fetch(`${url}/embeddings`, { method: 'POST', body: JSON.stringify({ model: 'any', input: [input] }) });

it.each([
  [0, 200, []],
  [1, 503, ['a text']],
])('with a share of %s answers %s', async (share, status, hit) => {
  await using provider = await FailingProvider.start(share, 1);
  expect((await ask(provider, 'a text')).status).toBe(status);
  expect([...provider.hit]).toEqual(hit);
});

it('outlives whoever goes in the middle of a request', async () => {
  await using provider = await FailingProvider.start(0, 1);
  const { hostname, port } = new URL(provider.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write('POST /v1/embeddings HTTP/1.1\r\nHost: it\r\nContent-Length: 100\r\n\r\n{"input"');
  // That it has begun to read: the answer to what comes next on another connection.
  expect((await ask(provider, 'a text')).status).toBe(200);
  socket.resetAndDestroy();
  await once(socket, 'close');
  expect((await ask(provider, 'a text')).status).toBe(200);
  expect(provider.tries).toBe(2);
});
