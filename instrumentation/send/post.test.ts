import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type LookupFunction, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { carefulLookup } from './lookup.ts';
import { Poster, type PostTarget } from './post.ts';

/** More than the buffers of a connection take. */
const body = Buffer.alloc(32 * 1024 * 1024);

async function posterTo(
  listener: RequestListener,
  settings: Partial<PostTarget> = {},
  host = '127.0.0.1',
): Promise<Poster> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return posterAt(`http://${host}:${port}/`, settings);
}

function posterAt(url: string, settings: Partial<PostTarget>): Poster {
  return new Poster({
    url,
    headers: {},
    timeoutMs: 10_000,
    restOfAnswerMs: 500,
    stallMs: 5000,
    mostConnections: 1,
    lookup: carefulLookup(),
    ...settings,
  });
}

const answerAll: RequestListener = (request, response) => {
  request.resume().once('end', () => response.end());
};

/** Every name is this machine's, which takes a while to find out. */
function found(afterMs: number): LookupFunction {
  return (_name, _options, callback) => {
    setTimeout(() => callback(null, [{ address: '127.0.0.1', family: 4 }]), afterMs);
  };
}

/** A port where connections are neither made nor refused: as many wait as may, and nobody takes them. */
async function fullPort(): Promise<number> {
  const listens = `const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer();
    server.listen(0, '127.0.0.1', 1, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const worker = new Worker(listens, { eval: true });
  const [port] = await once(worker, 'message');
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  onTestFinished(async () => {
    for (const socket of waiting) socket.destroy();
    await worker.terminate();
  });
  await once(waiting[0] as Socket, 'connect');
  return port;
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

describe('nothing is taken for a while', () => {
  it.each(['127.0.0.1', 'a-name.test'])('by a connection that is not made, to %s', async (host) => {
    const port = await fullPort();
    const poster = posterAt(`http://${host}:${port}/`, { stallMs: 50, lookup: found(0) });
    await expect(poster.post(body, {})).rejects.toThrow('nothing could be written for 50 ms');
  });

  it('but looking up the name is no stall', async () => {
    const poster = await posterTo(answerAll, { stallMs: 100, lookup: found(500) }, 'a-name.test');
    expect(await poster.post(Buffer.from('some'), {})).toMatchObject({ status: 200 });
  });

  it('and has the limit of the whole', async () => {
    const poster = posterAt('http://nowhere.test/', { stallMs: 50, timeoutMs: 300, lookup: () => {} });
    await expect(poster.post(body, {})).rejects.toThrow('no answer within 300 ms');
  });

  it('by who does not read', async () => {
    const poster = await posterTo(() => {}, { stallMs: 200 });
    await expect(poster.post(body, {})).rejects.toThrow('nothing could be written for 200 ms');
  });

  it('but waiting for an answer is no stall', async () => {
    const slow: RequestListener = (request, response) => {
      request.resume().once('end', () => setTimeout(() => response.end(), 400));
    };
    const poster = await posterTo(slow, { stallMs: 200 });
    expect(await poster.post(body.subarray(0, 100_000), {})).toMatchObject({ status: 200 });
  });
});

it.each([
  ['while it is connected to', 'before'],
  ['once it has everything', 'after'],
])('a pause of this process is not taken for one of the other side: %s', async (_, when) => {
  const answers = `const { parentPort } = require('node:worker_threads');
    const server = require('node:http').createServer((request, response) => {
      request.resume().once('end', () => response.end());
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;
  const worker = new Worker(answers, { eval: true });
  onTestFinished(() => void worker.terminate());
  const [port] = await once(worker, 'message');
  const poster = posterAt(`http://127.0.0.1:${port}/`, { timeoutMs: 600, stallMs: 600 });
  const standStill = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  const answer = poster.post(Buffer.from('some'), {}, (sent) => {
    if (when === 'after') sent.once('finish', standStill);
  });
  if (when === 'before') standStill();
  expect(await answer).toMatchObject({ status: 200 });
});

it('waiting for an answer holds no process, also after an address that did not answer', async () => {
  await using silent = await holding();
  const program = fileURLToPath(new URL('./testing/posts-and-ends.ts', import.meta.url));
  const child = spawn(process.execPath, [program, String(silent.port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await text(child.stdout)).toBe('sent');
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(0);
});

/** Takes requests and does not answer. */
async function holding(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((request) => void request.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
