import type { ServerResponse } from 'node:http';

const header = 'X-Request-ID';
const lowerCase = header.toLowerCase();
const requestId = Symbol('request id');

/** What a service may call `writeHead` with beside the status, https://nodejs.org/api/http.html#responsewriteheadstatuscode-statusmessage-headers */
type WriteHead = (this: Answer, status: unknown, reason?: unknown, headers?: unknown) => unknown;
type Answer = ServerResponse & { [requestId]?: string };

/**
 * Gives an answer its request id, unless the service gives it one itself. It is added when the head is written, to what
 * the service hands over then: a header set before that makes Node take the slower of its two ways, on which it refuses
 * lists of pairs.
 */
export class ResponseIds {
  #prototype: ServerResponse | undefined;

  /** At the first request: a process that serves nothing does not load node:http for this. */
  put(response: ServerResponse, id: string): void {
    this.#prototype ??= watchHeads();
    if (!Object.prototype.isPrototypeOf.call(this.#prototype, response)) {
      // node:http2 has one way only.
      if (!response.headersSent) response.setHeader(header, id);
      return;
    }
    // Who hands a response on may come here twice.
    Object.defineProperty(response, requestId, { value: id, writable: true });
  }
}

function watchHeads(): ServerResponse {
  const { prototype } = process.getBuiltinModule('node:http').ServerResponse;
  const heads = prototype as unknown as Record<string, unknown>;
  const own = prototype.writeHead as WriteHead;
  function writeHead(this: Answer, status: unknown, reason?: unknown, headers?: unknown): unknown {
    const id = this[requestId];
    if (id === undefined) return own.call(this, status, reason, headers);
    if (typeof reason === 'string') return own.call(this, status, reason, withId(this, id, headers));
    return own.call(this, status, withId(this, id, headers ?? reason));
  }
  Object.defineProperty(writeHead, 'length', { value: own.length });
  // The other name is a deprecated one of the same function.
  for (const name of ['writeHead', 'writeHeader']) if (heads[name] === own) heads[name] = writeHead;
  return prototype;
}

/** What the head is written with: `given`, and the id. What Node would refuse stays as it is. */
function withId(response: Answer, id: string, given: unknown): unknown {
  if (Array.isArray(given)) return isLeftAlone(response, given) ? given : [...given, ...pair(given, id)];
  if (typeof (given ?? {}) !== 'object') return given;
  if (response.getHeaderNames().length > 0) {
    if (!response.hasHeader(header)) response.setHeader(header, id);
    return given;
  }
  if (
    Object.keys(given ?? {}).some((name) => name.length === header.length && name.toLowerCase() === lowerCase)
  )
    return given;
  return { ...(given as object), [header]: id };
}

function pair([first]: readonly unknown[], id: string): unknown[] {
  return Array.isArray(first) ? [[header, id]] : [header, id];
}

/** It has an id already, or is something that Node refuses, or would change what Node refuses. */
function isLeftAlone(response: Answer, given: readonly unknown[]): boolean {
  const pairs = Array.isArray(given[0]);
  const odd = pairs ? response.getHeaderNames().length > 0 : given.length % 2 !== 0;
  return odd || response.hasHeader(header) || listed(given);
}

function listed(given: readonly unknown[]): boolean {
  const names = Array.isArray(given[0])
    ? (given as unknown[][]).map(([name]) => name)
    : given.filter((_, at) => at % 2 === 0);
  return names.some((name) => String(name).toLowerCase() === lowerCase);
}
