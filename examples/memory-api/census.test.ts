import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { Census } from './census.ts';
import { channels } from './events.ts';
import { startDatabase } from './storage/test-database.ts';

const { runs, titled } = await needs('postgres');

describe.runIf(runs)(titled('the census'), () => {
  it('counts the memories of each kind, and those that can be found by meaning', async () => {
    await using database = await startDatabase('exact', 3);
    const insert = (kind: 'fact' | 'reflection', embedding: number[] | null) =>
      database.store.insert({
        ...{ id: randomUUID(), user_id: 'ada', kind, content: 'The kettle is red', metadata: {} },
        embedding,
      });
    await insert('fact', [1, 0, 0]);
    await insert('fact', null);
    await insert('reflection', [0, 1, 0]);

    const told: unknown[] = [];
    const listen = (message: unknown) => told.push(message);
    for (const topic of [channels.memories, channels.index]) topic.subscribe(listen);
    await new Census(database.store).count();
    for (const topic of [channels.memories, channels.index]) topic.unsubscribe(listen);
    expect(told).toHaveLength(3);
    expect(told).toEqual(
      expect.arrayContaining([
        { kind: 'fact', memories: 2 },
        { kind: 'reflection', memories: 1 },
        { memories: 2 },
      ]),
    );
  });
});
