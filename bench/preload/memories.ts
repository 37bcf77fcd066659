import { Redis } from 'ioredis';
import { Client } from 'pg';

const memories = 1000;

/** What the services read: 1,000 rows, and as many values in Redis. */
export async function writeMemories(dependencies: Readonly<Record<string, string>>): Promise<void> {
  const client = new Client(dependencies.DATABASE_URL);
  await client.connect();
  await client.query('CREATE TABLE memory (id integer PRIMARY KEY, text text NOT NULL)');
  await client.query(
    `INSERT INTO memory SELECT id, repeat('memory ', 20) FROM generate_series(1, ${memories}) id`,
  );
  await client.end();
  const redis = new Redis(dependencies.REDIS_URL!);
  for (let id = 1; id <= memories; id++) await redis.set(`memory:${id}`, 'x'.repeat(200));
  await redis.quit();
}
