/** Takes what each contestant sends, at a port of its own, and counts it. The rest of the bench asks over IPC. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Counts, countArrived, noCounts } from './decode/counts.ts';

const all: Record<string, Counts> = {};
const urls: Record<string, string> = {};
for (const name of process.argv.slice(2)) {
  const counts = noCounts();
  all[name] = counts;
  urls[name] = await listen(counts);
}
process.on('message', () => process.send!(all)).once('disconnect', () => process.exit());
process.send!(urls);

async function listen(counts: Counts): Promise<string> {
  const server = createServer((request, response) =>
    receive(counts, request, response).catch((error) => {
      console.error(`the sink could not read ${request.url}:`, error);
      response.writeHead(400).end();
    }),
  );
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function receive(counts: Counts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sent = await buffer(request);
  counts.posts++;
  counts.bytes += sent.length;
  const json = request.headers['content-type']?.includes('json') ?? false;
  const arrived = countArrived(request.url!, json, decompress(sent, request.headers['content-encoding']));
  for (const kind of ['spans', 'points', 'lines'] as const) counts[kind] += arrived[kind] ?? 0;
  answer(request, response, json);
}

function decompress(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(body);
  return encoding === 'zstd' ? zstdDecompressSync(body) : body;
}

/** As an agent of Datadog, as Loki or as a collector would. */
function answer({ url, headers }: IncomingMessage, response: ServerResponse, json: boolean): void {
  const type = { 'content-type': headers['content-type'] ?? 'application/json' };
  if (url === '/info') response.writeHead(200, type).end('{"version":"7.70.0","endpoints":["/v0.4/traces"]}');
  else if (url === '/v0.4/traces') response.writeHead(200).end('{"rate_by_service":{"service:,env:":1}}');
  else if (url!.startsWith('/loki')) response.writeHead(204).end();
  else response.writeHead(200, type).end(json ? '{}' : '');
}
