import { randomUUID } from 'node:crypto';
import { seedMemory } from '../../examples/memory-api/seed.ts';

export interface VisitsOptions {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** A key that acts for every user. */
  readonly key: string;
  /** How many were seeded; the first ones are asked for. */
  readonly memories: number;
  /** How long an answer may take. */
  readonly answerMs: number;
}

/** What became of a request; `answer` is its status, or why there is none. */
export interface Visit {
  readonly good: boolean;
  readonly request: string;
  readonly answer: number | string;
}

export interface Visits {
  /** Asks the next thing, and never throws. */
  next(): Promise<Visit>;
  /** Removes the memory of its own, when there is one. */
  tidy(): Promise<void>;
}

/** Those that are asked for at all: few enough that the cache gets to know them. */
const popularMax = 500;
const user = 'visitor';
const path = '/api/v1/memories';

/** Round after round: a memory, a list, another memory, a search, and a step in the life of a memory of its own. */
export function createVisits({ url, key, memories, answerMs }: VisitsOptions): Visits {
  /** Any of the seeded ones, the first ones much more often than the last. */
  const popular = () => seedMemory(1, 1 + Math.floor(Math.random() ** 3 * Math.min(memories, popularMax)));
  const read = () => ask('GET', `${path}/${popular().id}`);
  const list = () => ask('GET', `${path}?user_id=${popular().user_id}&limit=10`);
  const search = () => {
    const { user_id, content: query } = popular();
    return ask('POST', `${path}/search`, { user_id, query, limit: 5 });
  };

  let own: string | undefined;
  let changed = false;
  const live = async () => {
    if (own === undefined) {
      [own, changed] = [randomUUID(), false];
      const content = `A visitor came by at ${new Date().toISOString()}`;
      return forgetUnlessGood(await ask('POST', path, { id: own, user_id: user, kind: 'fact', content }));
    }
    if (changed) return remove();
    changed = true;
    const content = `A visitor was still here at ${new Date().toISOString()}`;
    return forgetUnlessGood(await ask('PATCH', `${path}/${own}`, { content }));
  };
  const remove = () => {
    const asked = ask('DELETE', `${path}/${own}`);
    own = undefined;
    return asked;
  };
  /** It may not be there: what follows would be answered with 404. */
  const forgetUnlessGood = (visit: Visit) => {
    if (!visit.good) own = undefined;
    return visit;
  };

  async function ask(method: string, target: string, body?: object): Promise<Visit> {
    const request = `${method} ${target}`;
    try {
      const answer = await fetch(url + target, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(answerMs),
      });
      await answer.arrayBuffer();
      return { good: answer.ok, request, answer: answer.status };
    } catch (error) {
      const { message, cause } = error as Error;
      return { good: false, request, answer: cause instanceof Error ? cause.message : message };
    }
  }

  const round = [read, list, read, search, live];
  let turn = 0;
  return {
    next: () => round[turn++ % round.length]!(),
    async tidy() {
      if (own !== undefined) await remove();
    },
  };
}
