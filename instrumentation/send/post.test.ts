import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { carefulLookup } from './lookup.ts';
import { Poster } from './post.ts';

/** More than the buffers of a connection take. */
const body = Buffer.alloc(32 * 1024 * 1024);

async function posterTo(listener: RequestListener): Promise<Poster> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return new Poster({
    url: `http://127.0.0.1:${port}/`,
    headers: {},
    timeoutMs: 10_000,
    restOfAnswerMs: 500,
    mostConnections: 1,
    lookup: carefulLookup(),
  });
}

it('200 from who did not read everything is no answer', async () => {
  const poster = await posterTo((_, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('half');
  });
  await expect(poster.post(body, {})).rejects.toThrow('before everything was sent');
});

it.each<[string, RequestListener]>([
  ['destroys', (request) => void request.socket.destroy()],
  ['resets', (request) => void request.socket.resetAndDestroy()],
])('nor from who %s the connection before it has read everything', async (_, hangUp) => {
  const poster = await posterTo((request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    // Once the answer is on its way, so that it is read before the end of the connection.
    response.write('half', () => setTimeout(() => hangUp(request, response), 50));
  });
  await expect(poster.post(body, {})).rejects.toThrow('before everything was sent');
});

it('200 from who reads on afterwards is an answer', async () => {
  const poster = await posterTo((request, response) => {
    response.writeHead(200, { 'content-length': 4 }).end('full', () => request.resume());
  });
  expect(await poster.post(body, {})).toMatchObject({ status: 200 });
});

it('a refusal is one, whenever it comes', async () => {
  const poster = await posterTo((request, response) => {
    response.writeHead(413, { 'content-length': 4, connection: 'close' }).end('full');
    request.resume();
  });
  expect(await poster.post(body, {})).toMatchObject({ status: 413 });
});

it('200 after everything was sent is an answer, whatever becomes of the rest of it', async () => {
  const poster = await posterTo((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => request.socket.resetAndDestroy());
    });
  });
  expect(await poster.post(body, {})).toMatchObject({ status: 200 });
});
