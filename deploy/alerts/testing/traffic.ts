import { setTimeout as wait } from 'node:timers/promises';

export interface Load {
  /** How many ask at the same time. */
  workers: number;
  /** How long each of them rests between two requests. */
  pauseMs: number;
}

/**
 * Sends requests one after the other, by several workers, until it is disposed: an answer of whatever kind is one, and so is
 * none at all.
 */
export function keepSending(
  request: (turn: number) => Promise<Response>,
  { workers, pauseMs }: Load,
): AsyncDisposable {
  let going = true;
  let turn = 0;
  const work = async () => {
    while (going) {
      turn += 1;
      await request(turn)
        .then((answer) => answer.arrayBuffer())
        .catch(() => {});
      await wait(pauseMs);
    }
  };
  const working = Promise.all(Array.from({ length: workers }, work));
  return {
    async [Symbol.asyncDispose]() {
      going = false;
      await working;
    },
  };
}

/** Requests of the memory API. */
export class Client {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** A page of somebody who was not asked for before, so that no cache has it. */
  list(key: string, userId: string): Promise<Response> {
    return this.#send('GET', `/api/v1/memories?user_id=${userId}`, key);
  }

  search(key: string, userId: string, query: string): Promise<Response> {
    return this.#send('POST', '/api/v1/memories/search', key, { user_id: userId, query, limit: 3 });
  }

  /** Of an id that is none. */
  read(key: string, id: string): Promise<Response> {
    return this.#send('GET', `/api/v1/memories/${encodeURIComponent(id)}`, key);
  }

  /** Needs nothing and nobody. */
  describe(): Promise<Response> {
    return fetch(`${this.#url}/openapi.json`, { headers: { 'accept-encoding': 'identity' } });
  }

  #send(method: string, path: string, key: string, body?: object): Promise<Response> {
    return fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}
