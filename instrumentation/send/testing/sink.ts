import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';

/** How the other side misbehaves; `healthy` takes what it is sent. */
export type Mode = keyof typeof modes;

type Misbehave = (request: IncomingMessage, response: ServerResponse) => void;

const modes = {
  healthy: undefined,
  'black hole': () => {},
  500: (_, response) => response.writeHead(500).end('no'),
  503: (_, response) => response.writeHead(503).end(),
  429: (_, response) => response.writeHead(429).end(),
  'Retry-After: 1000000': (_, response) => response.writeHead(503, { 'retry-after': '1000000' }).end(),
  garbage: ({ socket }) => socket.end('\u0000\u0001 this is no HTTP \r\n\r\n'),
  'switches protocols': ({ socket }) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
  'endless 503': (_, response) => pour(response.writeHead(503), Infinity),
  'answer of 400 MB': (_, response) => pour(response.writeHead(503), 400 * 1024 * 1024),
  'slow answer': (_, response) => {
    response.writeHead(503).flushHeaders();
    const timer = setInterval(() => response.write('.'), 20);
    response.on('close', () => clearInterval(timer));
  },
  'reset in the middle': ({ socket }) => socket.resetAndDestroy(),
} satisfies Record<string, Misbehave | undefined>;

export function pour(response: ServerResponse, bytes: number): void {
  const chunk = Buffer.alloc(65_536, '.');
  let left = bytes;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (!response.write(chunk)) return;
    }
    response.end();
  };
  response.on('drain', more).on('error', () => {});
  more();
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Takes posts on 127.0.0.1, well or badly. */
export interface Sink extends AsyncDisposable {
  readonly url: string;
  mode: Mode;
  /** Requests that were taken in whole, while healthy. */
  readonly received: Received[];
  /** Requests that came, in any mode. */
  readonly requests: number;
}

export async function startSink(mode: Mode = 'healthy', answer?: Misbehave): Promise<Sink> {
  const received: Received[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    const misbehave: Misbehave | undefined = modes[sink.mode];
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    if (sink.mode === 'reset in the middle') request.once('data', () => request.socket.resetAndDestroy());
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (misbehave) return misbehave(request, response);
      received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
      if (answer) answer(request, response);
      else response.writeHead(204).end();
    });
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const sink: Sink = {
    url,
    mode,
    received,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return sink;
}

/** A port that nobody listens on, until `serve` is asked to. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Takes connections and says nothing that TLS or HTTP knows. */
export async function startEcho(): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  const port = await listen(server);
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
