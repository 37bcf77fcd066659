const { getHeapSpaceStatistics } = require('node:v8');
const Redis = require('ioredis');
const { Client } = require('pg');
const pino = require('pino');

const redis = new Redis(process.env.REDIS_URL);
const log = pino();
exports.log = log;

/** Clients that are taken in turns: for pg's own Pool some preloads record one more span than others. */
const clients = Array.from({ length: 10 }, () => new Client({ connectionString: process.env.DATABASE_URL }));
const connected = Promise.all(clients.map((client) => client.connect()));
const free = [...clients];
const waiting = [];

/** What both services do for a request: one GET of Redis, one SELECT, one log line. */
exports.readMemory = async (id) => {
  await connected;
  const cached = await redis.get(`memory:${id}`);
  const { rows } = await query('SELECT id, text FROM memory WHERE id = $1', [id]);
  log.info({ memory: id, cached: cached !== null }, 'memory read');
  return rows[0];
};

async function query(text, values) {
  const client = free.pop() ?? (await new Promise((resolve) => waiting.push(resolve)));
  try {
    return await client.query(text, values);
  } finally {
    const next = waiting.shift();
    if (next) next(client);
    else free.push(client);
  }
}

/** So that the process ends by itself, and whatever a preload does at that moment can be done. */
exports.close = async () => {
  await Promise.all(clients.map((client) => client.end()));
  await redis.quit();
  process.disconnect?.();
};

/** Asked how large its young generation is, in MB. */
process.on('message', () => {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  process.send({ youngMb: young.physical_space_size / 1024 / 1024 });
});
