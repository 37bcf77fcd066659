import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../test-servers.ts';
import { defaultHttpEmbedderOptions, HttpEmbedder } from './http-embedder.ts';
import {
  defaultPendingOptions,
  PendingEmbeddings,
  type PendingMemory,
  type PendingStore,
  pauseAfter,
  type Round,
} from './pending-embeddings.ts';
import {
  type Behaviour,
  embeds,
  quickGuard,
  says,
  startProvider,
  type TestProvider,
  vectorOf,
} from './test-provider.ts';

let provider: TestProvider;
let store: Table;
const rounds: Round[] = [];
const forever = new AbortController().signal;
const quick = { ...defaultPendingOptions, pauseMs: 5, longestPauseMs: 20 };

beforeEach(async () => {
  provider = await startProvider();
  store = new Table();
  rounds.length = 0;
});

afterEach(() => provider[Symbol.asyncDispose]());

describe('embeddings that are made later', () => {
  it('are made in batches, and tells how many', async () => {
    store.fill(10);
    const round = await create({ batchSize: 4 }).embedPending(forever);
    expect(round).toEqual({ embedded: 10, outdated: 0, refused: 0 });
    expect(provider.asked.map(({ input }) => input.length)).toEqual([4, 4, 2]);
    expect(store.waiting()).toEqual([]);
    expect(store.embeddingOf('id-03')).toEqual(vectorOf('text 3'));
    expect(rounds).toEqual([round]);
  });

  it('are not given to a text that was written meanwhile, which stays pending', async () => {
    store.fill(2);
    provider.behaves((response, asked) => {
      store.write('id-01', 'a newer text');
      embeds(response, asked);
    });
    const pending = create();
    expect(await pending.embedPending(forever)).toMatchObject({ embedded: 1, outdated: 1 });
    expect(store.waiting()).toEqual(['id-01']);
    provider.behaves(embeds);
    expect(await pending.embedPending(forever)).toMatchObject({ embedded: 1, outdated: 0 });
    expect(store.embeddingOf('id-01')).toEqual(vectorOf('a newer text'));
  });

  it('are not held up by texts that the provider refuses', async () => {
    store.fill(20);
    for (const id of ['id-00', 'id-01', 'id-07']) store.write(id, 'poison');
    provider.behaves(refusesPoison);
    expect(await create({ batchSize: 2 }).embedPending(forever)).toEqual({
      embedded: 17,
      outdated: 0,
      refused: 3,
    });
    expect(store.waiting()).toEqual(['id-00', 'id-01', 'id-07']);
  });

  it.each([
    ['the provider is away', says(503), undefined],
    ['the key is wrong', says(401), undefined],
    ['the store is away', embeds, new Error('away')],
  ])('end a round early when %s', async (_what, behaviour, storeError) => {
    store.fill(100);
    store.error = storeError;
    provider.behaves(behaviour);
    const round = await create({ batchSize: 10 }).embedPending(forever);
    expect(round).toMatchObject({ embedded: 0, error: expect.any(Error) });
    expect(provider.asked.every(({ input }) => input[0] === 'text 0')).toBe(true);
  });
});

describe('the worker', () => {
  it('embeds what waits as soon as the provider is back, and what comes later, then stops', async () => {
    store.fill(3);
    provider.behaves(says(503));
    const stop = new AbortController();
    const running = create().run(stop.signal);
    await until(() => rounds.some(({ error }) => error));
    provider.behaves(embeds);
    await until(() => store.waiting().length === 0);
    store.write('id-77', 'later');
    await until(() => store.waiting().length === 0);
    stop.abort();
    await running;
    expect(store.embeddingOf('id-77')).toEqual(vectorOf('later'));
  });

  it('goes on when the store was away', async () => {
    store.fill(1);
    store.error = new Error('away');
    const stop = new AbortController();
    const running = create().run(stop.signal);
    await until(() => rounds.length > 1);
    store.error = undefined;
    await until(() => store.waiting().length === 0);
    stop.abort();
    await running;
  });

  it.each([
    ['in a pause', { pauseMs: 3_600_000 }, embeds, () => rounds.length > 0],
    ['while the provider says nothing', {}, () => {}, () => provider.asked.length > 0],
    [
      'while a provider that is away makes it wait',
      {},
      says(429, '', { 'retry-after': '20' }),
      () => provider.asked.length > 0,
    ],
  ] satisfies [string, object, Behaviour, () => boolean][])(
    'stops at once %s, and tells no error',
    async (_when, options, behaviour, begun) => {
      store.fill(1);
      provider.behaves(behaviour);
      const stop = new AbortController();
      const running = create(options).run(stop.signal);
      await until(begun);
      stop.abort();
      await running;
      expect(rounds.filter(({ error }) => error)).toEqual([]);
    },
  );

  it('stops after the memory that it is at, and leaves the rest of the batch pending', async () => {
    store.fill(4);
    const stop = new AbortController();
    store.onEmbed = () => stop.abort();
    await create().run(stop.signal);
    expect(store.waiting()).toEqual(['id-01', 'id-02', 'id-03']);
    expect(rounds).toEqual([{ embedded: 1, outdated: 0, refused: 0 }]);
  });

  it.each([
    ['all went well', { embedded: 3, outdated: 0, refused: 0 }, 5000],
    ['there was nothing to do', { embedded: 0, outdated: 0, refused: 0 }, 5000],
    ['some were refused', { embedded: 3, outdated: 0, refused: 1 }, 5000],
    ['all were refused', { embedded: 0, outdated: 0, refused: 4 }, 40_000],
    ['the provider is away', { embedded: 3, outdated: 0, refused: 0, error: new Error('away') }, 40_000],
  ])('asks again later when %s', (_what, round, pauseMs) => {
    expect(pauseAfter(round, 20_000, defaultPendingOptions)).toBe(pauseMs);
    expect(pauseAfter(round, 50_000, defaultPendingOptions)).toBeLessThanOrEqual(60_000);
  });
});

const refusesPoison: Behaviour = (response, asked) =>
  (asked.input.includes('poison') ? says(400) : embeds)(response, asked);

function create(given: object = {}): PendingEmbeddings {
  const { baseUrl } = provider;
  const http = { ...defaultHttpEmbedderOptions, model: 'm', dimensions: 4, baseUrl, guard: quickGuard };
  const options = { ...quick, ...given };
  return new PendingEmbeddings(store, new HttpEmbedder(http), options, (round) => rounds.push(round));
}

/** What a table of memories does. */
class Table implements PendingStore {
  error: Error | undefined;
  onEmbed = () => {};
  readonly #rows = new Map<string, { content: string; embedding: readonly number[] | undefined }>();

  fill(memories: number): void {
    for (let n = 0; n < memories; n += 1) this.write(`id-${String(n).padStart(2, '0')}`, `text ${n}`);
  }

  write(id: string, content: string): void {
    this.#rows.set(id, { content, embedding: undefined });
  }

  waiting(): string[] {
    return [...this.#rows].flatMap(([id, { embedding }]) => (embedding ? [] : [id])).sort();
  }

  embeddingOf(id: string): readonly number[] | undefined {
    return this.#rows.get(id)?.embedding;
  }

  async pending(limit: number): Promise<PendingMemory[]> {
    if (this.error) throw this.error;
    return this.waiting()
      .slice(0, limit)
      .map((id) => ({ id, content: this.#rows.get(id)!.content }));
  }

  async embed({ id, content }: PendingMemory, embedding: readonly number[]): Promise<boolean> {
    this.onEmbed();
    const row = this.#rows.get(id);
    if (row?.content !== content) return false;
    row.embedding = embedding;
    return true;
  }
}
