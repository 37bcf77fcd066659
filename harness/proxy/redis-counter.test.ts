import { expect, test } from 'vitest';
import type { LinkCounts } from '../journal/entry.ts';
import { Counts } from './counts.ts';
import { compilePattern } from './pattern.ts';
import { redisCounter } from './redis-counter.ts';

/** `get a` as a client writes it. */
const ask = (...commands: string[]) =>
  commands
    .map((command) => command.split(' '))
    .map((words) => `*${words.length}\r\n${words.map((it) => `$${it.length}\r\n${it}\r\n`).join('')}`)
    .join('');

type Expected = Partial<Pick<LinkCounts, 'commands' | 'handshakes' | 'hits' | 'misses' | 'errors'>>;

const nil = '$-1\r\n';
const one = '$1\r\nx\r\n';

/** Keys that begin with `c:` are cache. */
const facts: readonly [name: string, requests: string, replies: string, expected: Expected][] = [
  ['a hit', ask('get c:1'), one, { commands: { GET: 1 }, hits: 1 }],
  ['an empty value is a hit', ask('GET c:1'), '$0\r\n\r\n', { commands: { GET: 1 }, hits: 1 }],
  ['a miss', ask('GET c:1'), nil, { commands: { GET: 1 }, misses: 1 }],
  ['a miss in RESP3', ask('GET c:1'), '_\r\n', { commands: { GET: 1 }, misses: 1 }],
  ['a key that is not declared', ask('GET d:1'), nil, { commands: { GET: 1 } }],
  ['an error is no miss', ask('GET c:1'), '-WRONGTYPE x\r\n', { commands: { GET: 1 }, errors: 1 }],
  ['nil to SET NX', ask('SET c:1 v NX'), nil, { commands: { SET: 1 } }],
  [
    'a value that looks like a command',
    ask('SET c:1 GET', 'GET c:1'),
    `+OK\r\n${one}`,
    {
      commands: { SET: 1, GET: 1 },
      hits: 1,
    },
  ],
  [
    'MGET per key',
    ask('MGET c:1 d:1 c:2 c:3'),
    `*4\r\n${one}${one}${nil}${one}`,
    {
      commands: { MGET: 1 },
      hits: 2,
      misses: 1,
    },
  ],
  [
    'HGET, GETEX',
    ask('HGET c:1 f', 'GETEX c:1 EX 5'),
    nil + one,
    {
      commands: { HGET: 1, GETEX: 1 },
      hits: 1,
      misses: 1,
    },
  ],
  ['HGETALL of nothing, RESP2', ask('HGETALL c:1'), '*0\r\n', { commands: { HGETALL: 1 }, misses: 1 }],
  ['HGETALL of nothing, RESP3', ask('HGETALL c:1'), '%0\r\n', { commands: { HGETALL: 1 }, misses: 1 }],
  ['HGETALL', ask('HGETALL c:1'), `%1\r\n${one}${nil}`, { commands: { HGETALL: 1 }, hits: 1 }],
  ['HMGET with a field', ask('HMGET c:1 a b'), `*2\r\n${nil}${one}`, { commands: { HMGET: 1 }, hits: 1 }],
  ['HMGET without', ask('HMGET c:1 a b'), `*2\r\n${nil}${nil}`, { commands: { HMGET: 1 }, misses: 1 }],
  ['EXISTS', ask('EXISTS c:1 c:2 c:3'), ':2\r\n', { commands: { EXISTS: 1 }, hits: 2, misses: 1 }],
  ['EXISTS over mixed keys', ask('EXISTS c:1 d:2'), ':1\r\n', { commands: { EXISTS: 1 } }],
  [
    'handshakes',
    ask('HELLO 3', 'AUTH x', 'CLIENT SETINFO LIB-NAME y', 'SELECT 1', 'INFO', 'PING', 'get c:1'),
    `%1\r\n+a\r\n:1\r\n+OK\r\n-ERR unknown subcommand\r\n+OK\r\n${one}+PONG\r\n${nil}`,
    { handshakes: 6, commands: { GET: 1 }, misses: 1 },
  ],
  [
    'inline requests',
    'PING\r\nget  "c:1"\r\n\r\n',
    `+PONG\r\n${one}`,
    {
      handshakes: 1,
      commands: { GET: 1 },
      hits: 1,
    },
  ],
  ['an empty request has no reply', `*0\r\n*-1\r\n${ask('GET c:1')}`, one, { commands: { GET: 1 }, hits: 1 }],
  [
    'attributes stand before replies',
    ask('GET c:1', 'GET c:2'),
    `|1\r\n+a\r\n${nil}${one}${nil}`,
    {
      commands: { GET: 2 },
      hits: 1,
      misses: 1,
    },
  ],
  [
    'pushes answer nothing',
    ask('GET c:1', 'GET c:2'),
    `>2\r\n+invalidate\r\n${nil}${one}>1\r\n${one}${nil}`,
    {
      commands: { GET: 2 },
      hits: 1,
      misses: 1,
    },
  ],
  [
    'a transaction',
    ask('MULTI', 'SET c:1 v', 'GET c:1', 'PING', 'MGET c:1 c:2', 'HGET d:1 f', 'EXEC', 'GET c:3'),
    `+OK\r\n${'+QUEUED\r\n'.repeat(5)}*5\r\n+OK\r\n${one}+PONG\r\n*2\r\n${one}${nil}-WRONGTYPE\r\n${nil}`,
    {
      commands: { MULTI: 1, SET: 1, GET: 2, MGET: 1, HGET: 1, EXEC: 1 },
      handshakes: 1,
      hits: 2,
      misses: 2,
      errors: 1,
    },
  ],
  [
    'a transaction that was given up by WATCH, by DISCARD, by an error',
    ask(
      'MULTI',
      'GET c:1',
      'EXEC',
      'MULTI',
      'GET c:1',
      'DISCARD',
      'MULTI',
      'GETS',
      'GET c:1',
      'EXEC',
      'GET c:1',
    ),
    `+OK\r\n+QUEUED\r\n*-1\r\n+OK\r\n+QUEUED\r\n+OK\r\n+OK\r\n-ERR\r\n+QUEUED\r\n-EXECABORT\r\n${one}`,
    { commands: { MULTI: 3, GET: 4, GETS: 1, EXEC: 2, DISCARD: 1 }, hits: 1, errors: 2 },
  ],
  [
    'CLIENT REPLY OFF, ON and SKIP',
    ask(
      'CLIENT REPLY OFF',
      'GET c:1',
      'CLIENT REPLY ON',
      'GET c:1',
      'CLIENT REPLY SKIP',
      'GET d:2',
      'GET c:3',
    ),
    `+OK\r\n${one}${nil}`,
    { handshakes: 3, commands: { GET: 4 }, hits: 1, misses: 1 },
  ],
  [
    'after SUBSCRIBE in RESP2 only commands are counted',
    ask('GET c:1', 'SUBSCRIBE a b', 'GET c:2'),
    `${one}*3\r\n$9\r\nsubscribe\r\n${one}:1\r\n*3\r\n${nil}${nil}${nil}-ERR x\r\n`,
    { commands: { GET: 2, SUBSCRIBE: 1 }, hits: 1, errors: 1 },
  ],
  [
    'SUBSCRIBE in RESP3 is answered by pushes',
    ask('SUBSCRIBE a b', 'GET c:2'),
    `>3\r\n$9\r\nsubscribe\r\n${one}:1\r\n>3\r\n$9\r\nsubscribe\r\n${one}:2\r\n${nil}`,
    { commands: { SUBSCRIBE: 1, GET: 1 }, misses: 1 },
  ],
  ['MONITOR', ask('MONITOR'), `+OK\r\n${'+1.1 [0] "GET"\r\n'.repeat(3)}`, { commands: { MONITOR: 1 } }],
  ['an error without a request', '', '-ERR max number of clients reached\r\n', { errors: 1 }],
  [
    'no name of a command',
    ask('__proto__', `${'x'.repeat(40)}`),
    `-E\r\n-E\r\n`,
    {
      commands: { OTHER: 2 },
      errors: 2,
    },
  ],
  ['a key too long to be looked at', ask(`GET c:${'x'.repeat(5000)}`), one, { commands: { GET: 1 } }],
  [
    'requests that are not RESP end the counting',
    `${ask('GET c:1')}*1\r\n+x\r\n${ask('GET c:1')}`,
    one,
    {
      commands: { GET: 1 },
      errors: 1,
    },
  ],
  [
    'replies that are not RESP end the counting',
    ask('GET c:1', 'GET c:2'),
    `${one}HTTP/1.1${one}`,
    {
      commands: { GET: 2 },
      hits: 1,
      errors: 1,
    },
  ],
  [
    'a reply to nothing ends the counting',
    ask('GET c:1'),
    one + one,
    {
      commands: { GET: 1 },
      hits: 1,
      errors: 1,
    },
  ],
];

/** Counts of a conversation in which each side's bytes come in these pieces. */
function count(requests: Buffer[], replies: Buffer[]) {
  const counts = new Counts();
  const witness = redisCounter(counts, compilePattern('c:*'));
  for (const chunk of requests) witness.toDependency(chunk);
  for (const chunk of replies) witness.toTarget(chunk);
  const { commands, handshakes, hits, misses, errors } = counts.take();
  return { commands, handshakes, hits, misses, errors };
}

const nothing = { commands: {}, handshakes: 0, hits: 0, misses: 0, errors: 0 };

test.each(facts)('%s', (_name, requests, replies, expected) => {
  expect(count([Buffer.from(requests)], [Buffer.from(replies)])).toEqual({ ...nothing, ...expected });
});

const splitAt = (bytes: Buffer, cut: number) => [bytes.subarray(0, cut), bytes.subarray(cut)];

test.each(facts.filter(([name]) => !name.includes('not RESP')))(
  '%s, cut at every position',
  (_name, requests, replies, expected) => {
    const [asked, answered] = [Buffer.from(requests), Buffer.from(replies)];
    // The longest fact is 5 KB: what is far inside a body is cut at every 50th byte only.
    const cuts = (bytes: Buffer) =>
      Array.from({ length: bytes.length + 1 }, (_, at) => at).filter((at) => at < 500 || at % 50 === 0);
    for (const cut of cuts(asked)) {
      expect(count(splitAt(asked, cut), [answered]), `request cut at ${cut}`).toEqual({
        ...nothing,
        ...expected,
      });
    }
    for (const cut of cuts(answered)) {
      expect(count([asked], splitAt(answered, cut)), `reply cut at ${cut}`).toEqual({
        ...nothing,
        ...expected,
      });
    }
    const bytewise = (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(count(bytewise(asked), bytewise(answered))).toEqual({ ...nothing, ...expected });
  },
);

test('one pipelined conversation of everything, cut at every byte', () => {
  const usable = facts.filter(
    ([name]) => !/RESP2 only|MONITOR|without a request|end the counting|too long/.test(name),
  );
  const asked = Buffer.from(usable.map(([, it]) => it).join(''));
  const answered = Buffer.from(usable.map(([, , it]) => it).join(''));
  const whole = count([asked], [answered]);
  expect(whole.hits).toBe(usable.reduce((sum, [, , , it]) => sum + (it.hits ?? 0), 0));
  expect(whole.misses).toBe(usable.reduce((sum, [, , , it]) => sum + (it.misses ?? 0), 0));
  for (let cut = 0; cut <= asked.length; cut++) expect(count(splitAt(asked, cut), [answered])).toEqual(whole);
  for (let cut = 0; cut <= answered.length; cut++)
    expect(count([asked], splitAt(answered, cut))).toEqual(whole);
});

test('a bulk of 256 MiB in pieces is passed over without being kept', () => {
  const piece = Buffer.alloc(1024 * 1024);
  const before = process.memoryUsage().arrayBuffers;
  const counted = count(
    [
      Buffer.from(`*3\r\n$3\r\nSET\r\n$3\r\nc:1\r\n$${256 * piece.length}\r\n`),
      ...new Array(256).fill(piece),
      Buffer.from('\r\n'),
    ],
    [Buffer.from('+OK\r\n')],
  );
  expect(counted).toEqual({ ...nothing, commands: { SET: 1 } });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
});

test('each take begins at nothing', () => {
  const counts = new Counts();
  counts.command('GET');
  expect(counts.take().commands).toEqual({ GET: 1 });
  expect(counts.take().commands).toEqual({});
});
