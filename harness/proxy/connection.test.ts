import { once } from 'node:events';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { resetSocket } from './connection.ts';
import { dial, fateOf, startTcp } from './fixtures/tcp.ts';

async function pair(): Promise<[ours: Socket, theirs: Socket, server: AsyncDisposable]> {
  const accepted = Promise.withResolvers<Socket>();
  const server = await startTcp(accepted.resolve);
  const theirs = await dial(server.port);
  return [await accepted.promise, theirs, server];
}

test('an open socket is reset', async () => {
  const [ours, theirs, server] = await pair();
  await using _server = server;
  resetSocket(ours);
  expect(await fateOf(theirs)).toBe('ECONNRESET');
});

test('a socket with more to send than the peer takes is reset', async () => {
  const [ours, theirs, server] = await pair();
  await using _server = server;
  ours.end(Buffer.alloc(50_000_000));
  await new Promise(setImmediate);
  expect(ours.writableLength).toBeGreaterThan(0);
  resetSocket(ours);
  expect(await fateOf(theirs)).toBe('ECONNRESET');
});

test('a socket that is just ending is closed, without an error', async () => {
  const [ours, theirs, server] = await pair();
  await using _server = server;
  const errors: Error[] = [];
  ours.on('error', (error) => errors.push(error));
  const closed = once(ours, 'close');
  ours.end();
  resetSocket(ours);
  await closed;
  expect(errors).toEqual([]);
  expect(await fateOf(theirs)).toBe('ended');
});

test('a socket that connects to nothing yet is closed', async () => {
  const socket = new Socket();
  const closed = once(socket, 'close');
  resetSocket(socket);
  await closed;
});
