import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { HashingEmbedder } from '../embedder.ts';
import { seedRows } from '../seed.ts';
import { MemoryStore, type SeedRow } from '../store.ts';
import { type Flavour, startDatabase, type TestDatabase } from './test-database.ts';
import { needsPgvector } from './test-pgvector.ts';

const gates = { exact: await needs('postgres'), pgvector: await needsPgvector() };
const flavours = Object.keys(gates) as Flavour[];
const dimensions = 8;
const north = axis(0);

function axis(which: number): number[] {
  return Array.from({ length: dimensions }, (_, index) => (index === which ? 1 : 0));
}

/** A vector of length 1 with this cosine to `north`. */
function leaning(cosine: number): number[] {
  return north.map((_, index) => (index === 0 ? cosine : index === 1 ? Math.sqrt(1 - cosine * cosine) : 0));
}

function row(user_id: string, embedding: number[] | null, given: Partial<SeedRow> = {}): SeedRow {
  const created_at = '2026-01-01T00:00:00.000Z';
  return {
    id: randomUUID(),
    user_id,
    kind: 'fact',
    content: 'x',
    metadata: {},
    created_at,
    embedding,
    ...given,
  };
}

describe.each(flavours)('finding by meaning: %s', (flavour) => {
  const { runs, titled } = gates[flavour];

  describe.runIf(runs)(titled('on a real server'), () => {
    let it_: TestDatabase;
    let store: MemoryStore;

    beforeAll(async () => {
      it_ = await startDatabase(flavour, dimensions);
      store = it_.store;
    }, 180_000);
    afterAll(() => it_?.[Symbol.asyncDispose]());

    const found = async (user: string, limit = 10, from = store) =>
      (await from.nearest(user, north, limit)).map(({ id }) => id);

    it('is chosen by what the server has', async () => {
      expect((await store.vectors()).name).toBe(flavour);
    });

    it('gives the nearest first, with the cosine as score', async () => {
      const user = randomUUID();
      const rows = [0.2, -0.5, 0.9, 0].map((cosine) => row(user, leaning(cosine)));
      await store.upsertAll(rows);
      const best = await store.nearest(user, north, 3);
      expect(best.map(({ id }) => id)).toEqual([2, 0, 3].map((index) => rows[index]!.id));
      expect(best.map(({ score }) => score)).toEqual(
        [0.9, 0.2, 0].map((cosine) => expect.closeTo(cosine, 6)),
      );
      const { embedding: _, ...memory } = rows[2]!;
      expect(best[0]).toEqual({ ...memory, score: expect.any(Number) });
    });

    it('gives the newest of equally good ones first, and of equally old ones the one with the higher id', async () => {
      const user = randomUUID();
      const times = ['2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00.002Z', '2026-01-01T00:00:00.001Z'];
      const rows = times.map((created_at) => row(user, leaning(0.7), { created_at }));
      await store.upsertAll(rows);
      const [high, low] = [rows[0]!.id, rows[2]!.id].sort().reverse();
      expect(await found(user)).toEqual([rows[1]!.id, high, low]);
      expect(await found(user, 2)).toEqual([rows[1]!.id, high]);
    });

    it("never shows another user's memory, however near it is", async () => {
      const [mine, theirs] = [randomUUID(), randomUUID()];
      await store.upsertAll(Array.from({ length: 200 }, () => row(theirs, north)));
      const own = row(mine, leaning(-0.9));
      await store.upsertAll([own]);
      expect(await found(mine)).toEqual([own.id]);
      expect(await found(`${mine}' or true --`)).toEqual([]);
      expect(await found(randomUUID())).toEqual([]);
    });

    it('does not find what is pending, and finds it when it has its embedding', async () => {
      const user = randomUUID();
      const pending = row(user, null, { content: 'later' });
      await store.upsertAll([pending]);
      expect(await found(user)).toEqual([]);
      expect(await store.embed(pending, north)).toBe(true);
      expect(await found(user)).toEqual([pending.id]);
    });

    it('does not find what has another number of dimensions', async () => {
      const user = randomUUID();
      const rows = [row(user, [1, 0, 0]), row(user, leaning(0.5))];
      await store.upsertAll(rows);
      expect(await found(user)).toEqual([rows[1]!.id]);
      expect((await store.nearest(user, [1, 0, 0], 10)).map(({ id }) => id)).toEqual([rows[0]!.id]);
    });

    it('finds a text without words last, with 0', async () => {
      const user = randomUUID();
      const rows = [row(user, new Array(dimensions).fill(0)), row(user, leaning(0.1))];
      await store.upsertAll(rows);
      const best = await store.nearest(user, north, 5);
      expect(best.map(({ id, score }) => [id, score + 0])).toEqual([
        [rows[1]!.id, expect.closeTo(0.1)],
        [rows[0]!.id, 0],
      ]);
    });

    it('knows at once what another process has written, changed, taken away and given to somebody else', async () => {
      const user = randomUUID();
      const other = new MemoryStore(it_.pool);
      const rows = [0.9, 0.8, 0.7, 0.6].map((cosine) => row(user, leaning(cosine)));
      await other.upsertAll(rows.slice(0, 3));
      expect(await found(user)).toHaveLength(3);
      const [a, b, c, d] = rows.map(({ id }) => id) as [string, string, string, string];

      await other.upsertAll([rows[3]!]);
      expect(await found(user)).toEqual([a, b, c, d]);
      await other.update(user, a, { content: 'changed', embedding: leaning(0.1) });
      expect(await found(user)).toEqual([b, c, d, a]);
      await other.delete(user, c);
      expect(await found(user)).toEqual([b, d, a]);
      await other.update(user, b, { content: 'pending now', embedding: null });
      expect(await found(user)).toEqual([d, a]);
      await other.upsertAll([{ ...rows[3]!, user_id: randomUUID() }, row(user, leaning(0.95), { id: c })]);
      expect(await found(user)).toEqual([c, a]);
    });

    it('knows what a transaction has written that began long before it was committed', async () => {
      const user = randomUUID();
      const early = row(user, null, { content: 'early' });
      await store.upsertAll([early]);
      const slow = await it_.pool.connect();
      await slow.query('begin');
      const encoded = (await store.vectors()).encode(leaning(0.9));
      await slow.query(
        'update memories set embedding = $2, embedded_by = pg_current_xact_id() where id = $1',
        [early.id, encoded],
      );
      // Written later, committed sooner, and seen by a search in between.
      const late = row(user, leaning(0.5));
      await store.upsertAll([late]);
      expect(await found(user)).toEqual([late.id]);
      await slow.query('commit');
      slow.release();
      expect(await found(user)).toEqual([early.id, late.id]);
    });

    it('sees every write that came before it, with many searches at once', async () => {
      const user = randomUUID();
      await Promise.all(
        Array.from({ length: 60 }, async () => {
          const written = row(user, north);
          await store.upsertAll([written]);
          expect(await found(user, 100)).toContain(written.id);
        }),
      );
    });
  });
});

const both = gates.exact.runs ? gates.pgvector : gates.exact;

describe.runIf(both.runs)(both.titled('both stores'), () => {
  it('give the same answers', async () => {
    await using one = await startDatabase('exact', 64);
    await using other = await startDatabase('pgvector', 64);
    const embedder = new HashingEmbedder();
    const rows = await seedRows(7, 1000, embedder);
    await Promise.all([one, other].map(({ store }) => store.upsertAll(rows)));
    for (const query of ['coffee and a calm evening', 'swimming on Mondays', 'decisions', '?!'])
      for (const user of ['user-1', 'user-33']) {
        const [a, b] = await Promise.all(
          [one, other].map(async ({ store }) => store.nearest(user, await embedder.embed(query), 20)),
        );
        // Sums of 4-byte floats: those that are as good as the last may be others.
        const about = (score: number) => expect.closeTo(score, 5);
        expect(b!.map(({ score }) => score)).toEqual(a!.map(({ score }) => about(score)));
        const better = a!.filter(({ score }) => score > a!.at(-1)!.score + 1e-5);
        expect(better.length).toBeGreaterThan(query === '?!' ? -1 : 5);
        const scores = new Map(b!.map(({ id, score }) => [id, score]));
        for (const { id, score } of better) expect(scores.get(id)).toEqual(about(score));
      }
  }, 120_000);
});
