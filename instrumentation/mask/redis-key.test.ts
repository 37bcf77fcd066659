import { expect, it } from 'vitest';
import { redisCommand } from './redis-key.ts';
import { canaries } from './testing/canaries.ts';

it.each([
  ['get', ['memory:8f31'], 'get memory:*'],
  ['GET', ['memory:8f31'], 'get memory:*'],
  ['set', ['cache:memory:8f31', 'private'], 'set cache:memory:*'],
  ['setex', ['user:42:token', 60, 'private'], 'setex user:*'],
  ['get', ['session-token-without-colon'], 'get *'],
  ['get', [''], 'get *'],
  ['get', [':private'], 'get *'],
  ['mget', ['a:1', 'b:2'], 'mget a:*'],
  ['hset', ['user:1', 'password', 'private'], 'hset user:*'],
  ['hexpire', ['user:1', 60, 'FIELDS', 1, 'private'], 'hexpire user:*'],
  ['zadd', ['board:1', 1, 'private'], 'zadd board:*'],
  ['xadd', ['stream:1', '*', 'private', 'private'], 'xadd stream:*'],
  ['get', ['a:b:c:d:e:f:g:h:i:private'], 'get a:b:c:d:e:f:g:h:*'],
  ['auth', ['private'], 'auth'],
  ['hello', ['3', 'AUTH', 'default', 'private'], 'hello'],
  ['eval', ["return redis.call('get', 'private')", 0], 'eval'],
  ['evalsha', ['private', 1, 'memory:1'], 'evalsha'],
  ['fcall', ['private', 0], 'fcall'],
  ['publish', ['channel', 'private'], 'publish'],
  ['spublish', ['channel:private', 'private'], 'spublish'],
  ['config', ['set', 'requirepass', 'private'], 'config'],
  ['acl', ['setuser', 'ada', '>private'], 'acl'],
  ['migrate', ['host', 6379, '', 0, 10, 'AUTH', 'private'], 'migrate'],
  ['client', ['setname', 'private'], 'client'],
  ['keys', ['private:*'], 'keys'],
  ['scan', [0, 'MATCH', 'private:*'], 'scan'],
  ['get', [Buffer.from('private')], 'get'],
  ['get', [], 'get'],
  ['ping', [], 'ping'],
  ['json.get', ['private'], 'json.get'],
  ['made up 1234 <b>', ['private'], 'madeupb'],
  ['x'.repeat(100), ['private'], 'x'.repeat(32)],
  ['', [], 'unknown'],
  ['1234', [], 'unknown'],
])('%s %j is told as %s', (command, args, told) => {
  expect(redisCommand(command, args)).toBe(told);
});

it.each(canaries)('a $name in a key or in a value is not told', ({ value, markers }) => {
  for (const told of [
    redisCommand('set', [`memory:${value}`, value]),
    redisCommand('set', [`${value}:memory:1`, value]),
    redisCommand('set', [value, value]),
    redisCommand('auth', [value]),
  ]) {
    for (const marker of markers) expect(told).not.toContain(marker);
  }
});
