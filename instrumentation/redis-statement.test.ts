import { expect, it } from 'vitest';
import { redisStatement } from './redis-statement.ts';

it.each([
  ['get', ['memory:8f31'], 'get memory:*'],
  ['set', ['cache:memory:8f31', 'private'], 'set cache:memory:*'],
  ['setex', ['user:42:token', 60, 'private'], 'setex user:*'],
  ['get', ['session-token-without-colon'], 'get *'],
  ['mget', ['a:1', 'b:2'], 'mget a:*'],
  ['hset', ['user:1', 'password', 'private'], 'hset user:*'],
  ['zadd', ['board:1', 1, 'private'], 'zadd board:*'],
  ['auth', ['private'], 'auth'],
  ['hello', ['3', 'AUTH', 'default', 'private'], 'hello'],
  ['eval', ["return redis.call('get', 'private')", 0], 'eval'],
  ['publish', ['channel', 'private'], 'publish'],
  ['config', ['set', 'requirepass', 'private'], 'config'],
  ['get', [Buffer.from('private')], 'get'],
  ['ping', [], 'ping'],
])('%s %j is told as %s', (command, args, told) => {
  expect(redisStatement(command, args)).toBe(told);
});
