import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { askHttp } from '../../examples/memory-api/http/test-http.ts';
import type { Watched } from './memory-api.ts';

const api = '/api/v1/memories';
const kinds = ['fact', 'intervention', 'reflection'];
const users = ['ada', 'ben', 'cleo', 'dan'];
/** Four callers with a pause each: below a hundred requests a second. */
const pauseMs = 40;

/** All operations, by several users at once, until it is stopped. */
export interface Load extends AsyncDisposable {
  readonly requests: () => number;
}

export async function startLoad({ service, around }: Watched): Promise<Load> {
  const key = await around.issue();
  let requests = 0;
  let goesOn = true;
  const ask = async (path: string, given: object = {}) => {
    requests += 1;
    await wait(pauseMs);
    return askHttp(service.url + path, { key, ...given });
  };
  const use = async (user_id: string) => {
    const ids: string[] = [];
    for (let n = 0; goesOn; n += 1) {
      const content = `${user_id} wrote note ${n} about tea, music and rain`;
      const created = await ask(api, { body: { user_id, kind: kinds[n % kinds.length], content } });
      if (created.status === 201) ids.push(created.body.data.id);
      const id = ids.at(-1) ?? randomUUID();
      for (let again = 0; again < 3; again += 1) await ask(`${api}/${id}`);
      await ask(`${api}?user_id=${user_id}&limit=5`);
      await ask(`${api}/search`, {
        body: { user_id, query: n % 2 === 0 ? 'music' : `rain, note ${n}`, limit: 5 },
      });
      await ask(`${api}/${id}`, { method: 'PATCH', body: { content: `${content}, again` } });
      if (n % 4 === 3) await ask(`${api}/${ids.shift()}`, { method: 'DELETE' });
    }
  };
  const all = Promise.all(users.map(use));
  return {
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      goesOn = false;
      await all;
    },
  };
}

/** What callers do wrong, each once: a wrong key, bad input, nothing there, another one's data, far too much. */
export async function misbehave({ service, around }: Watched): Promise<void> {
  const key = await around.issue('eve');
  const url = service.url + api;
  await askHttp(`${url}?user_id=eve`, { key: 'not-a-key' });
  await askHttp(url, { key, body: { user_id: 'eve', kind: 'tea', content: '' } });
  await askHttp(`${url}/${randomUUID()}`, { key });
  await askHttp(`${url}?user_id=ada`, { key });
  for (let n = 0; n < 150; n += 1) await askHttp(`${url}?user_id=eve`, { key });
}
