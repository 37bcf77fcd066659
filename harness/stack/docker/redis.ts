import type { Published, Server } from './server.ts';

/** Without persistence: it lives for one run. */
export const redisServer: Server = {
  kind: 'redis',
  title: 'Redis',
  port: 6379,
  env: {},
  command: ['redis-server', '--save', '', '--appendonly', 'no'],
  probe,
};

const answerMs = 1_000;

async function probe({ port }: Published): Promise<string> {
  const { Redis } = await import('ioredis');
  const client = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: answerMs,
    commandTimeout: answerMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
    return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? '';
  } finally {
    client.disconnect();
  }
}
