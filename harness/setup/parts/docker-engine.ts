import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { engineAddress } from '../../undo/engine-address.ts';

/** A local engine answers in milliseconds; a remote one may take its time. */
const patienceMs = 800;

/**
 * The version of the engine at an address such as `unix:///var/run/docker.sock` or `tcp://127.0.0.1:2375`.
 *
 * @throws Error when nothing answers there in 800 ms.
 */
export async function askEngine(address: string): Promise<string> {
  const engine = engineAt(address, AbortSignal.timeout(patienceMs));
  const { Version } = (await json(await engine('GET', '/version'))) as { Version?: string };
  if (!Version) throw new Error(`what answers at ${address} is not Docker`);
  return Version;
}

/** A call of the Docker Engine API (https://docs.docker.com/reference/api/engine/). */
export type Engine = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  query?: Readonly<Record<string, string>>,
  body?: unknown,
) => Promise<Readable>;

/** Calls reject with an EngineError when the engine refuses. */
export function engineAt(address: string, signal: AbortSignal): Engine {
  const target = engineAddress(address);
  return async (method, path, query = {}, body) => {
    const fullPath = `${path}?${new URLSearchParams(query)}`;
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const answered = Promise.withResolvers<IncomingMessage>();
    const asking = request({ ...target, method, path: fullPath, headers, signal });
    asking.once('response', answered.resolve).once('error', answered.reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
    const response = await answered.promise;
    if (response.statusCode! < 400) return response;
    throw new EngineError(response.statusCode!, messageOf(await text(response)));
  };
}

export class EngineError extends Error {
  override name = 'EngineError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { message: string }).message;
  } catch {
    return body.slice(0, 200);
  }
}
