/** A receiver that counts what it took, and is as hostile as it is told over IPC. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type Counts, countArrived, noCounts } from '../decode/counts.ts';
import { type Behaviour, type Mode, modes } from './modes.ts';

/** What is done with Loki's pushes only, or with everything. */
export interface Order {
  readonly mode: Mode | undefined;
  readonly path: '/loki/' | '/';
}

const taken = noCounts();
const doubtful = noCounts();
let behaviour: Behaviour | undefined;
let path = '/';
const server = createServer((request, response) => {
  request.on('error', () => {});
  response.on('error', () => {});
  const mistreated = behaviour?.kind === 'mistreats' && request.url!.startsWith(path) ? behaviour : undefined;
  const counts = mistreated ? doubtful : taken;
  const counted = !mistreated || mistreated.doubtful;
  collect(request, (body) => {
    if (counted) count(counts, request, body);
    if (!mistreated) answer(request, response);
  });
  mistreated?.mistreat(request, response);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

process.on('message', async (order: Order | 'counts') => {
  if (order !== 'counts') await obey(order);
  process.send!({ taken, doubtful });
});
process.once('disconnect', () => process.exit());
process.send!({ url: `http://127.0.0.1:${port}` });

/** Requests in progress are answered: what was counted and not answered would come twice. */
async function obey(order: Order): Promise<void> {
  path = order.path;
  behaviour = order.mode && modes[order.mode];
  const listens = behaviour?.kind !== 'refused';
  if (server.listening && !listens) {
    server.close();
    server.closeIdleConnections();
  } else if (listens && !server.listening) {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  }
}

/** Beside whatever else reads the request. */
function collect(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(Buffer.concat(chunks)));
}

function count(counts: Counts, { url, headers }: IncomingMessage, sent: Buffer): void {
  const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  const json = headers['content-type']?.includes('json') ?? false;
  const arrived = countArrived(url!, json, body);
  counts.posts++;
  for (const kind of ['spans', 'points', 'lines'] as const) counts[kind] += arrived[kind] ?? 0;
}

function answer({ url, headers }: IncomingMessage, response: ServerResponse): void {
  if (url!.startsWith('/loki/')) response.writeHead(204).end();
  else
    response
      .writeHead(200, { 'content-type': headers['content-type'] ?? 'application/json' })
      .end(headers['content-type']?.includes('json') ? '{}' : '');
}
