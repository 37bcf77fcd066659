import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { ConflictError, DatabaseError, ValidationError } from './errors.ts';
import type { Memory } from './memory.ts';
import { startDatabase, type TestDatabase } from './storage/test-database.ts';
import { MemoryStore, type NewRow } from './store.ts';

const { runs, titled } = await needs('postgres');
const north = [1, 0, 0];

describe.runIf(runs)(titled('the store'), () => {
  let database: TestDatabase;
  let store: MemoryStore;

  beforeAll(async () => {
    database = await startDatabase('exact', 3);
    store = database.store;
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  const insert = (user_id: string, given: Partial<NewRow> = {}): Promise<Memory> =>
    store.insert({
      ...{ id: randomUUID(), user_id, kind: 'fact', content: 'The kettle is red', metadata: { a: 1 } },
      embedding: north,
      ...given,
    });

  it.each([
    ['kind', { kind: 'reflection' as const }],
    ['metadata', { metadata: { b: [2] } }],
    ['content', { content: 'The kettle is blue', embedding: [0, 1, 0] }],
    ['nothing', {}],
  ])('changes %s and leaves the rest', async (_, changes) => {
    const user = randomUUID();
    const memory = await insert(user);
    const { embedding: _embedding, ...visible } = changes as Partial<NewRow>;
    const changed = await store.update(user, memory.id, changes);
    expect(changed).toEqual({ ...memory, ...visible });
    expect(await store.find(memory.id)).toEqual(changed);
    const [best] = await store.nearest(user, north, 1);
    expect(best?.score).toBeCloseTo('content' in changes ? 0 : 1);
    const { rows } = await database.pool.query(
      'select updated_at > created_at as later from memories where id = $1',
      [memory.id],
    );
    expect(rows).toEqual([{ later: true }]);
  });

  it('is given again with its id, and no other memory takes its place', async () => {
    const user = randomUUID();
    const memory = await insert(user, { metadata: { a: 1, b: { c: [0.5, null] } } });
    const { id } = memory;
    const again = { id, metadata: { b: { c: [0.5, null] }, a: 1 } };
    expect(await insert(user, again)).toEqual(memory);
    for (const other of [{ content: 'It is blue' }, { kind: 'reflection' as const }, { metadata: {} }])
      await expect(insert(user, { ...again, ...other })).rejects.toThrow(ConflictError);
    await expect(insert(randomUUID(), again)).rejects.toThrow(ConflictError);
    expect(await store.find(id)).toEqual(memory);
  });

  it("does nothing to another user's memory", async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()];
    const memory = await insert(theirs);
    expect(await store.update(mine, memory.id, { kind: 'reflection' })).toBeUndefined();
    expect(await store.delete(mine, memory.id)).toBe(false);
    expect(await store.list(mine, 10, 0)).toEqual([]);
    expect(await store.searchText(mine, 'kettle', 10)).toEqual([]);
    expect(await store.find(memory.id)).toEqual(memory);
  });

  it('deletes once', async () => {
    const user = randomUUID();
    const { id } = await insert(user);
    expect([await store.delete(user, id), await store.delete(user, id)]).toEqual([true, false]);
    expect(await store.find(id)).toBeUndefined();
  });

  it('lists and counts one kind, newest first', async () => {
    const user = randomUUID();
    const ids: string[] = [];
    for (const kind of ['fact', 'reflection', 'fact', 'intervention', 'fact'] as const)
      ids.unshift((await insert(user, { kind })).id);
    const facts = [ids[0], ids[2], ids[4]];
    expect((await store.list(user, 10, 0, 'fact')).map(({ id }) => id)).toEqual(facts);
    expect((await store.list(user, 1, 1, 'fact')).map(({ id }) => id)).toEqual([ids[2]]);
    expect((await store.list(user, 10, 0)).map(({ id }) => id)).toEqual(ids);
    expect([await store.countOf(user), await store.countOf(user, 'fact')]).toEqual([5, 3]);
  });

  it('gives out what waits for an embedding, the oldest first, until it has one', async () => {
    const user = randomUUID();
    const [one, two] = [await insert(user, { embedding: null }), await insert(user, { embedding: null })];
    const waiting = (await store.pending(100)).filter(({ user_id }) => user_id === user);
    expect(waiting).toEqual([one, two].map(({ id, content }) => ({ id, user_id: user, content })));
    expect(await store.pending(1)).toHaveLength(1);
    expect(await store.embed(waiting[0]!, north)).toBe(true);
    expect(await store.embed(waiting[0]!, [0, 1, 0])).toBe(false);
    await store.update(user, two.id, { content: 'changed meanwhile', embedding: null });
    expect(await store.embed(waiting[1]!, north)).toBe(false);
    expect((await store.nearest(user, north, 10)).map(({ id, score }) => [id, score])).toEqual([[one.id, 1]]);
  });

  it.each([
    ['kettle', ['The kettle is red', 'A kettle']],
    ['KETTLE, garden!', ['The kettle is red', 'A kettle', 'Größe of the garden']],
    ['größe', ['Größe of the garden']],
    ["') or true -- & | !", []],
    ['nothing of this', ['Größe of the garden']],
    ['?!', []],
  ])('finds by the words of %j', async (query, contents) => {
    const user = randomUUID();
    for (const content of ['The kettle is red', 'A kettle', 'Größe of the garden'])
      await insert(user, { content, embedding: content.startsWith('A') ? null : north });
    const found = await store.searchText(user, query, 10);
    expect(found.map(({ content }) => content).sort()).toEqual([...contents].sort());
    for (const { score } of found) {
      expect(score).toBeGreaterThan(0);
      expect(score).toBeLessThan(1);
    }
  });

  it('says whether it was the value or the server', async () => {
    await expect(insert('u', { content: 'a\0b' })).rejects.toBeInstanceOf(ValidationError);
    await expect(store.searchText('u', 'a\0b', 1)).rejects.toBeInstanceOf(ValidationError);
    await expect(insert('u', { content: '' })).rejects.toBeInstanceOf(DatabaseError);
  });

  it('says that the migrations were not run, and asks again afterwards', async () => {
    await using fresh = await startDatabase('exact', 3);
    const early = new MemoryStore(fresh.pool);
    await fresh.pool.query('alter table memories rename to hidden');
    await expect(early.vectors()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('run node migrate.ts') },
    });
    await fresh.pool.query('alter table hidden rename to memories');
    expect((await early.vectors()).name).toBe('exact');
  });
});
