import { describe, expect, it } from 'vitest';
import { firstCharacters, sqlTemplate } from './sql-template.ts';
import { canaries } from './testing/canaries.ts';

const tick = "'";

it.each([
  [
    'select id from memories where user_id = $1 limit 20',
    'select id from memories where user_id = $1 limit ?',
  ],
  ["select 'it''s', 'b'", 'select ?, ?'],
  ["select E'it\\'s', e'a\\\\', 1", 'select ?, ?, ?'],
  ["select U&'d\\0061t', N'x', B'1010', x'1FF'", 'select ?, ?, ?, ?'],
  ["select U&'d!0061' UESCAPE '!'", 'select ? UESCAPE ?'],
  ["select $$it's$$, $tag$a $$ b$tag$, $1", 'select ?, ?, $1'],
  ['select foo$bar$baz from t', 'select foo$bar$baz from t'],
  ["select 'a'\n'b'", 'select ?'],
  ["select interval '1 day', date '2026-11-21', '1'::int", 'select interval ?, date ?, ?::int'],
  ['select 1, 1.5, .5, 1e10, 1.5e-10, 0xFF, 1_000, 5.', 'select ?, ?, ?, ?, ?, ?, ?, ?'],
  ['select -5, +5, a - 5, a -5, (-5), x = -5', 'select ?, ?, a - ?, a - ?, (?), x = ?'],
  ['select a from t where b between -1 and -2', 'select a from t where b between ? and ?'],
  ["where x in (1, 2, 3) and y IN ('a') and z in ($1, $2)", 'where x in (?) and y IN (?) and z in (?)'],
  ['where x in ($1)', 'where x in ($1)'],
  ["where x = any(array['a', 'b']::text[])", 'where x = any(array[?]::text[])'],
  ['where x in (select 1 from t)', 'where x in (select ? from t)'],
  ["values (1, 'a'), (2, 'b'), (3, now())", 'values (?, ?)'],
  [
    'insert into t values ($1, now()), ($2, now()) returning id',
    'insert into t values ($1, now()) returning id',
  ],
  ['select 1 -- secret\n, 2', 'select ? , ?'],
  ['select /* secret /* nested */ secret */ 1', 'select ?'],
  ['select 1 /* secret', 'select ?'],
  ['select "Weird ""name""", "T"."c" from "T"', 'select "Weird ""name""", "T"."c" from "T"'],
  [`select "${'x'.repeat(64)}"`, 'select ?'],
  ["select 'secret", 'select ?'],
  ["select E'secret\\'", 'select ?'],
  ['select $$secret', 'select ?'],
  ['select "secret', 'select ?'],
  ["select 'it\\'s secret' from t", 'select ?'],
  ["select a::int, b ->> 'x', c @> '{}'", 'select a::int, b ->> ?, c @> ?'],
  ["alter role ada password 'secret'", 'alter role ada password ?'],
  ['set search_path to secret', 'set search_path to ?'],
  ['SET app.user = secret', 'SET app.user = ?'],
  ['update t set a = b', 'update t set a = b'],
  ['  select\n\t1  ', 'select ?'],
  ['select größe from straße', 'select größe from straße'],
  ['', ''],
])('%s is told as %s', (sql, text) => {
  expect(sqlTemplate(sql).text).toBe(text);
});

it.each([
  ['select * from memories where id = $1', 'SELECT', 'memories', 'SELECT memories'],
  ['SELECT * FROM songs, artists', 'SELECT', 'songs', 'SELECT songs artists'],
  ['select * from a join b on a.x = b.x left join only c on true', 'SELECT', 'a', 'SELECT a b c'],
  ['select * from a join b using (id)', 'SELECT', 'a', 'SELECT a b'],
  [
    'select d from (select * from orders o join customers c on true) x',
    'SELECT',
    'orders',
    'SELECT SELECT orders customers',
  ],
  ['insert into ship(a) select a from orders', 'INSERT', 'ship', 'INSERT ship SELECT orders'],
  ['insert into t values (1) on conflict do update set a = 1', 'INSERT', 't', 'INSERT t'],
  ['update only public.notes set a = 1 from drafts', 'UPDATE', 'public.notes', 'UPDATE public.notes drafts'],
  ['delete from notes using drafts where true', 'DELETE', 'notes', 'DELETE notes drafts'],
  ['select * from t for update', 'SELECT', 't', 'SELECT t'],
  ['select extract(year from ts), x is distinct from y from t', 'SELECT', 't', 'SELECT t'],
  ['select * from generate_series(1, 10) g', 'SELECT', undefined, 'SELECT'],
  ['select 1', 'SELECT', undefined, 'SELECT'],
  ['select * from "song list", "notes"', 'SELECT', '"song list"', 'SELECT "song list" notes'],
  ['with x as (select a from t) insert into y select * from x', 'INSERT', 'y', 'SELECT t INSERT y SELECT x'],
  ['with x as (delete from t returning *) select * from x', 'SELECT', 'x', 'DELETE t SELECT x'],
  ['merge into a using b on true when matched then update set y = 1', 'MERGE', 'a', 'MERGE a'],
  ['create unique index concurrently if not exists i on t (a)', 'CREATE INDEX', 'i', 'CREATE INDEX i'],
  ['create table if not exists notes (id int)', 'CREATE TABLE', 'notes', 'CREATE TABLE notes'],
  ['drop table notes', 'DROP TABLE', 'notes', 'DROP TABLE notes'],
  ['truncate table notes', 'TRUNCATE', 'notes', 'TRUNCATE notes'],
  ['explain analyze select * from t', 'EXPLAIN', 't', 'EXPLAIN SELECT t'],
  ['begin', 'BEGIN', undefined, 'BEGIN'],
  ['COMMIT;', 'COMMIT', undefined, 'COMMIT'],
  ['set x = 1', 'SET', undefined, 'SET'],
  ['begin; select * from t; commit', 'BEGIN', 't', 'BEGIN SELECT t COMMIT'],
  ['call archive(1)', 'CALL', 'archive', 'CALL archive'],
  ["secret 'x'", 'OTHER', undefined, 'OTHER'],
  ['', 'OTHER', undefined, 'OTHER'],
])('%s is a %s of %s: %s', (sql, operation, target, summary) => {
  expect(sqlTemplate(sql)).toMatchObject({ operation, target, summary });
});

it('keeps a summary within 255 characters, cut between two words', () => {
  const tables = Array.from({ length: 100 }, (_, i) => `table_${i}`);
  const { summary } = sqlTemplate(`select * from ${tables.join(', ')}`);
  expect(summary.length).toBeLessThanOrEqual(255);
  expect(summary).toMatch(/^SELECT table_0( table_\d+)+$/);
});

describe.each(canaries)('a $name', ({ value, markers }) => {
  const doubled = value.replaceAll(tick, tick + tick);
  it.each([
    ['a string', `select * from t where a = '${doubled}' and b = 1`],
    ['an escape string', `select * from t where a = E'${doubled.replaceAll('\\', '\\\\')}'`],
    ['dollars', `insert into t values ($x$${value}$x$)`],
    ['a comment', `select 1 -- ${value.replaceAll('\n', ' ')}\n from t /* ${value} */`],
  ])('in %s is not told', (_, sql) => {
    const told = JSON.stringify(sqlTemplate(sql));
    for (const marker of markers) expect(told).not.toContain(marker);
  });
});

/** Lehmer's generator: every failure can be seen again by its seed. */
function drawer(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** A literal in one of PostgreSQL's forms that holds the word `leak` or the number 7007, and things that end other forms. */
function literal(next: (below: number) => number): string {
  const inside = Array.from(
    { length: next(6) },
    () => ['leak', ' ', '"', '--', '/*', '*/', '$$', ';', '(', ')', '%', '\n', 'é'][next(13)],
  );
  const text = `leak${inside.join('')}leak`;
  const forms = [
    () => `'${text}${["''", ''][next(2)]}'`,
    () => `E'${text}${["\\'", '\\\\', "''", '\\n'][next(4)]}leak'`,
    () => `e'leak\\\\'`,
    () => `U&'${text}'`,
    () => `N'${text}'`,
    () => `$q${next(9)}$${text}$q${'$'}`.replace(/\$q(\d)\$([\s\S]*)\$q\$$/, '$$q$1$$$2$$q$1$$'),
    () => `$$${text.replaceAll('$', '')}$$`,
    () => `X'7007'`,
    () => `B'7007'`,
    () => `-7007.5e-7007`,
    () => `7007`,
    () => `.7007`,
    () => `7_007_7007`,
    () => `interval '${text}'`,
    () => `'${text}'::text`,
    () => `array['${text}', '${text}']`,
  ];
  return (forms[next(forms.length)] as () => string)();
}

function statement(next: (below: number) => number): string {
  const one = () => literal(next);
  const some = () => Array.from({ length: 1 + next(4) }, one).join([', ', ','][next(2)]);
  const shapes = [
    () => `select ${some()} from t where a = ${one()} and b in (${some()})`,
    () => `insert into t (a, b) values (${some()}), (${some()}) on conflict do nothing`,
    () => `update t set a = ${one()}, b=${one()} where c <> ${one()} -- leak`,
    () => `with x as (select ${one()}) delete from t where a like ${one()} or f(${some()}) > 7007`,
    () => `select /* leak /* leak */ leak */ "a ""b""" from "T" where x=${one()}AND y = $1`,
    () => `select ${one()};select ${one()}`,
    () => `set some.thing to ${one()}`,
  ];
  return (shapes[next(shapes.length)] as () => string)();
}

it.each(Array.from({ length: 20 }, (_, seed) => [seed + 1]))(
  'no literal of 200 statements is told (seed %i)',
  (seed) => {
    const next = drawer(seed * 7919);
    for (let i = 0; i < 200; i++) {
      const whole = statement(next);
      const cut = whole.slice(0, 1 + next(whole.length));
      for (const sql of [whole, cut]) {
        const told = JSON.stringify(sqlTemplate(sql));
        expect(told, sql).not.toMatch(/leak|7007|007/);
      }
      expect(sqlTemplate(whole).operation, whole).toMatch(/^(SELECT|INSERT|UPDATE|DELETE|SET)$/);
    }
  },
);

it('reads no more than it must of an endless statement', () => {
  const sql = `insert into t values ${"(1, 'leak'),".repeat(200_000)}(1)`;
  const startMs = performance.now();
  const { text, summary } = sqlTemplate(sql);
  expect(performance.now() - startMs).toBeLessThan(500);
  expect(text).not.toContain('leak');
  expect(summary).toBe('INSERT t');
});

it.each([
  "'",
  '"',
  '$',
  '$$',
  '(',
  '/*',
  '-',
  '--',
  'in (',
  'values (1),',
  '(1,',
  '1',
  '1e',
  'a.',
  '\\',
  "E'\\",
  '[',
  '@',
])('%s over and over is read in time', (piece) => {
  const startMs = performance.now();
  sqlTemplate(piece.repeat(65_536 / piece.length));
  expect(performance.now() - startMs).toBeLessThan(1000);
});

it.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  ['ab🎉', 3, 'ab'],
  ['ab🎉c', 4, 'ab🎉'],
  ['', 3, ''],
])('%s has %i first characters: %s', (text, most, first) => {
  expect(firstCharacters(text, most)).toBe(first);
});
