import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import { createEmbeddings } from './embeddings.ts';
import type { Settings } from './settings.ts';

export type Log = (level: 'info' | 'error' | 'fatal', message: string, fields?: object) => void;

/** 2,048 short texts, or one of some 10 MB. */
const bodyLimitBytes = 16 * 1024 * 1024;

/** The server, not yet listening. */
export function buildServer(settings: Pick<Settings, 'dimensions' | 'apiKey'>, log: Log): Server {
  const server = createServer(async (request, response) => {
    const startedAtMs = performance.now();
    const { status, body } = await answer(request, settings, log);
    // While it closes, every answer is the last on its connection; else an idle one would hold it up.
    if (!server.listening) response.setHeader('connection', 'close');
    send(response, status, body);
    const durationMs = Math.round((performance.now() - startedAtMs) * 1000) / 1000;
    log('info', 'answered', {
      method: request.method,
      path: pathOf(request),
      status,
      duration_ms: durationMs,
    });
  });
  return server;
}

async function answer(
  request: IncomingMessage,
  { dimensions, apiKey }: Parameters<typeof buildServer>[0],
  log: Log,
) {
  try {
    switch (`${request.method} ${pathOf(request)}`) {
      case 'GET /health':
        return { status: 200, body: { status: 'ok' } };
      case 'POST /v1/embeddings':
        authorise(request, apiKey);
        return { status: 200, body: await createEmbeddings(await readJson(request), dimensions) };
      default: {
        const message = `Unknown request URL: ${request.method} ${pathOf(request)}`;
        throw new ApiError({ status: 404, message, code: 'unknown_url' });
      }
    }
  } catch (thrown) {
    const error = thrown instanceof ApiError ? thrown : unexpected(thrown, log);
    return { status: error.status, body: error.toBody() };
  }
}

function unexpected(thrown: unknown, log: Log): ApiError {
  log('error', 'a request failed', { error: String(thrown) });
  return new ApiError({ status: 500, message: 'The server had an error while processing your request' });
}

/** @throws ApiError that does not repeat what was shown */
function authorise(request: IncomingMessage, apiKey: string | undefined): void {
  if (apiKey === undefined) return;
  const shown = request.headers.authorization ?? '';
  if (timingSafeEqual(digest(shown), digest(`Bearer ${apiKey}`))) return;
  throw new ApiError({ status: 401, message: 'Incorrect API key provided', code: 'invalid_api_key' });
}

/** Makes texts of any length comparable in a time that tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    sizeBytes += chunk.length;
    if (sizeBytes > bodyLimitBytes)
      throw new ApiError({ status: 413, message: `body: expected at most ${bodyLimitBytes} bytes` });
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ApiError({ status: 400, message: 'body: expected JSON', param: 'body' });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  // What was not read of the request would be taken for the next one.
  if (status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0]!;
}
