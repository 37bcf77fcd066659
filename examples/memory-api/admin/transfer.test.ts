import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { needsPgvector, startPgvector } from '../storage/test-pgvector.ts';
import { startPostgres, type TestServer, until } from '../test-servers.ts';
import { admin, allRows, countOf, fill, newDatabase, startAdmin } from './test-admin.ts';

const gates = [await needs('postgres'), await needsPgvector()];
const title = gates.reduce((named, gate) => gate.titled(named), 'export and import');

/** Has Node say at its end how many bytes were in use at most, garbage left out: what is still to be collected varies. */
const tellPeak = [
  '--expose-gc',
  '--import',
  `data:text/javascript,
    let peak = 0;
    setInterval(() => {
      gc();
      const { heapUsed, external } = process.memoryUsage();
      peak = Math.max(peak, heapUsed + external);
    }, 50).unref();
    process.on('exit', () => console.error('peak', peak));`.replace(/\n */g, ''),
];

describe.runIf(gates.every(({ runs }) => runs))(title, () => {
  let exact: TestServer;
  let pgvector: TestServer;
  let folder: string;
  let files = 0;
  const newPath = () => {
    files += 1;
    return join(folder, `${files}.jsonl`);
  };

  beforeAll(async () => {
    [exact, pgvector] = await Promise.all([startPostgres(), startPgvector()]);
    folder = await mkdtemp(join(tmpdir(), 'memory-admin-transfer-'));
  });

  afterAll(async () => {
    await Promise.all([exact, pgvector].map((server) => server?.[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['exact', 'exact'],
    ['exact', 'pgvector'],
    ['pgvector', 'exact'],
    ['pgvector', 'pgvector'],
  ])('carry every row from %s to %s, by a pipe, and again', async (from, to) => {
    const servers: Record<string, TestServer> = { exact, pgvector };
    await using source = await newDatabase(servers[from]!);
    await using target = await newDatabase(servers[to]!);
    await fill(source.client, 130);
    const exported = await admin(source.url, ['export']);
    expect(exported.stderr).toBe('');
    for (const expected of ['130 new, 0 changed, 0 as they were', '0 new, 0 changed, 130 as they were']) {
      const { code, stdout, stderr } = await admin(target.url, ['import', '-'], { input: exported.stdout });
      expect([code, stderr, stdout]).toEqual([0, '', `${expected}\n`]);
    }
    const back = await admin(target.url, ['export']);
    expect(back.stdout.split('\n').slice(1)).toEqual(exported.stdout.split('\n').slice(1));
    if (from === to) expect(await allRows(target.client)).toEqual(await allRows(source.client));
  });

  it('carry 20,000 memories of 100 MB in bounded memory', async () => {
    await using source = await newDatabase(exact);
    await using target = await newDatabase(exact);
    await fill(source.client, 20_000, 4600);
    const file = newPath();
    const exported = await admin(source.url, ['export', file], { nodeArgs: tellPeak });
    expect(exported.stdout).toBe(`${file}: 20,000 memories\n`);
    expect((await stat(file)).size).toBeGreaterThan(98_000_000);
    const imported = await admin(target.url, ['import', file], { nodeArgs: tellPeak });
    expect(imported.stdout).toBe('20000 new, 0 changed, 0 as they were\n');
    expect(peakBytes(exported.stderr)).toBeGreaterThan(1_000_000);
    expect(peakBytes(exported.stderr)).toBeLessThan(70_000_000);
    expect(peakBytes(imported.stderr)).toBeLessThan(70_000_000);
    const digest =
      "select md5(string_agg((to_jsonb(m) - 'embedded_by')::text, '' order by id)) from memories m";
    expect((await target.client.query(digest)).rows).toEqual((await source.client.query(digest)).rows);
    // All garbage is collected twenty times a second, which takes minutes on a busy machine.
  }, 240_000);

  it('take one user, in the order of the ids, after a line that says what follows', async () => {
    await using source = await newDatabase(exact);
    await fill(source.client, 70);
    const { stdout } = await admin(source.url, ['export', '--user', 'user-3']);
    const [manifest, ...rows] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(manifest).toMatchObject({ format: 'memory-api-export', version: 1, count: 10, user_id: 'user-3' });
    expect(rows.every(({ user_id }) => user_id === 'user-3')).toBe(true);
    const ids = rows.map(({ id }) => id);
    expect([ids.length, ids]).toEqual([10, ids.toSorted()]);
    expect(Object.keys(rows[0])).toEqual(manifest.columns);
    expect(rows[0].embedding).toHaveLength(16);
  });

  it('make a changed memory what the file says, and tell other processes that its embedding is new', async () => {
    await using source = await newDatabase(exact);
    await fill(source.client, 20);
    const { stdout } = await admin(source.url, ['export']);
    const before = await allRows(source.client);
    const mark = await source.client.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
    await source.client.query("update memories set content = 'other' where user_id = 'user-1'");
    const imported = await admin(source.url, ['import', '-', '--json'], { input: stdout });
    expect(JSON.parse(imported.stdout)).toMatchObject({ inserted: 0, updated: 3, unchanged: 17 });
    expect(await allRows(source.client)).toEqual(before);
    const { rows } = await source.client.query('select from memories where embedded_by > $1::xid8', [
      mark.rows[0]!.xid,
    ]);
    expect(rows).toHaveLength(3);
  });

  it.each(['exact', 'pgvector'])(
    'leave an embedding that was made since, unless it is of another content: %s',
    async (flavour) => {
      await using source = await newDatabase(flavour === 'exact' ? exact : pgvector);
      // 7 and 14 wait for an embedding.
      await fill(source.client, 20);
      const { stdout } = await admin(source.url, ['export']);
      const row = async (n: number) => {
        const { rows } = await source.client.query<{ row: Record<string, unknown> }>(
          "select to_jsonb(memories) as row from memories where (metadata->>'n')::int = $1",
          [n],
        );
        return rows[0]!.row;
      };
      const embed = (n: number, content?: string) =>
        source.client.query(
          `update memories set content = coalesce($2, content), embedded_by = pg_current_xact_id(),
             embedding = (select embedding from memories where embedding is not null limit 1)
           where (metadata->>'n')::int = $1`,
          [n, content],
        );
      const { content } = await row(14);
      await embed(7);
      await embed(14, 'other');
      const embedded = await row(7);
      expect(embedded.embedding).not.toBeNull();
      const imported = await admin(source.url, ['import', '-', '--json'], { input: stdout });
      expect(JSON.parse(imported.stdout)).toMatchObject({ inserted: 0, updated: 1, unchanged: 19 });
      expect(await row(7)).toEqual(embedded);
      expect(await row(14)).toMatchObject({ content, embedding: null });
      const again = await admin(source.url, ['import', '-'], { input: stdout });
      expect(again.stdout).toBe('0 new, 0 changed, 20 as they were\n');
    },
  );

  it('try everything and keep nothing with --dry-run', async () => {
    await using source = await newDatabase(exact);
    await using target = await newDatabase(exact);
    await fill(source.client, 20);
    const { stdout } = await admin(source.url, ['export']);
    const dry = await admin(target.url, ['import', '-', '--dry-run'], { input: stdout });
    expect(dry).toMatchObject({ code: 0, stdout: 'would be: 20 new, 0 changed, 0 as they were\n' });
    const broken = stdout.replace('user-1', 'u'.repeat(129));
    const refused = await admin(target.url, ['import', '-', '--dry-run'], { input: broken });
    expect(refused.code).toBe(1);
    expect(await countOf(target.client)).toBe(0);
  });

  const lineOf = (text: string, n: number) => text.split('\n')[n - 1]!;
  it.each([
    ['is not JSON', (line: string) => line.slice(0, 40), /^line 25: expected JSON; is the line cut off\?$/m],
    ['is not an object', () => '[]', /^line 25: line: .*expected object/m],
    ['has no id', (line: string) => line.replace('"id"', '"di"'), /^line 25: id: /m],
    [
      'has an odd kind',
      (line: string) => line.replace(/"kind" : "\w+"/, '"kind":"joke"'),
      /^line 25: kind: /m,
    ],
    [
      'has a long user',
      (line: string) => line.replace(/user-\d/, 'u'.repeat(129)),
      /^line 25: .*user_id_check/m,
    ],
    ['has U+0000', (line: string) => line.replace('note', 'no\\u0000te'), /^line 25: .*Unicode escape/m],
    [
      'has a number too large',
      (line: string) => line.replace(/"embedding" : \[[^,]*/, '"embedding" : [1e300'),
      /^line 25: "1e300" is out of range for type real$/m,
    ],
    [
      'has another number of dimensions',
      (line: string) => line.replace(/"embedding" : \[[^\]]*\]/, '"embedding":[1,0,0]'),
      /^line 25: embedding: expected 16 dimensions, as EMBEDDINGS_DIMENSIONS says, and got 3, .*--any-dimensions/m,
    ],
    ['is not UTF-8', (line: string) => line.replace('🦊', 'BROKEN'), /^line 25: expected UTF-8$/m],
  ])('name a line that %s, and write the other batches whole', async (_, breakLine, message) => {
    await using source = await newDatabase(exact);
    await using target = await newDatabase(exact);
    await fill(source.client, 50);
    const { stdout } = await admin(source.url, ['export']);
    const broken = Buffer.from(stdout.replace(lineOf(stdout, 25), breakLine(lineOf(stdout, 25))));
    const at = broken.indexOf('BROKEN');
    if (at >= 0) broken[at] = 0xff;
    const file = newPath();
    await writeFile(file, broken);
    const { code, stderr } = await admin(target.url, ['import', file, '--batch', '10']);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('1 line is wrong; with 9 more of the same batches they were not written');
    // Lines 22 to 31 are the third batch of ten.
    const without = stdout.trim().split('\n').slice(1).toSpliced(20, 10);
    const { rows } = await target.client.query<{ id: string }>('select id from memories order by id');
    expect(rows.map(({ id }) => id)).toEqual(without.map((line) => JSON.parse(line).id));
  });

  it('take embeddings of any dimensions where that is asked for', async () => {
    await using source = await newDatabase(exact);
    await using target = await newDatabase(exact);
    await fill(source.client, 20);
    const { stdout } = await admin(source.url, ['export']);
    const env = { EMBEDDINGS_DIMENSIONS: '32' };
    const refused = await admin(target.url, ['import', '-'], { input: stdout, env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('expected 32 dimensions');
    expect(await countOf(target.client)).toBe(0);
    const taken = await admin(target.url, ['import', '-', '--any-dimensions'], { input: stdout, env });
    expect(taken).toMatchObject({ code: 0, stderr: '' });
    expect(await allRows(target.client)).toEqual(await allRows(source.client));
  });

  it.each([
    ['no file', '/nowhere/x.jsonl', undefined, /ENOENT.*\nthere is no such file/],
    ['an empty file', undefined, '', /line 1: expected the manifest/],
    ['another file', undefined, '{"a":1}\n', /line 1: expected the manifest.*format/],
    ['a later version', undefined, '{"format":"memory-api-export","version":2}\n', /line 1: .*version 1/],
  ])('refuse %s', async (_, path, content, message) => {
    await using target = await newDatabase(exact);
    const file = path ?? newPath();
    if (content !== undefined) await writeFile(file, content);
    const { code, stderr } = await admin(target.url, ['import', file]);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  it('notice a file that was cut between two lines, and one from another schema', async () => {
    await using source = await newDatabase(exact);
    await fill(source.client, 20);
    const { stdout } = await admin(source.url, ['export']);
    const cut = stdout.trim().split('\n').slice(0, -5).join('\n');
    const { code, stderr } = await admin(source.url, ['import', '-'], { input: cut });
    expect(code).toBe(1);
    expect(stderr).toContain('says that it holds 20 memories, and holds 15: is it cut off?');
    const odd = stdout.replace('"metadata"', '"mood"');
    const other = await admin(source.url, ['import', '-'], { input: odd });
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('holds mood, which the table') });
  });

  it('write over no file, and leave none behind that is not whole', async () => {
    await using source = await newDatabase(exact);
    const file = newPath();
    await writeFile(file, 'precious');
    const { code, stderr } = await admin(source.url, ['export', file]);
    expect([code, await readFile(file, 'utf8')]).toEqual([1, 'precious']);
    expect(stderr).toContain('is there already');
    await using empty = await newDatabase(exact, { schema: false });
    const before = await readdir(folder);
    expect((await admin(empty.url, ['export', newPath()])).code).toBe(1);
    expect(await readdir(folder)).toEqual(before);
  });

  it('end quietly when nobody reads on', async () => {
    await using source = await newDatabase(exact);
    await fill(source.client, 3000, 500);
    const child = startAdmin(source.url, ['export']);
    let stderr = '';
    child.stderr!.on('data', (chunk) => (stderr += chunk));
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    expect([...(await once(child, 'exit')), stderr]).toEqual([0, null, '']);
  });

  it('leave whole batches when they are killed, and go on where they were', async () => {
    await using source = await newDatabase(exact);
    await using target = await newDatabase(exact);
    await fill(source.client, 6000);
    const file = newPath();
    await admin(source.url, ['export', file]);
    const child = startAdmin(target.url, ['import', file, '--batch', '70']);
    await until(async () => (await countOf(target.client)) > 0, 30_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until(async () => {
      const { rows } = await target.client.query(
        `select from pg_stat_activity where application_name = 'memory-admin' and datname = current_database()`,
      );
      return rows.length === 0;
    });
    const written = await countOf(target.client);
    expect(written % 70).toBe(0);
    expect(written).toBeLessThan(6000);
    const { stdout } = await admin(target.url, ['import', file]);
    expect(stdout).toBe(`${6000 - written} new, 0 changed, ${written} as they were\n`);
    expect(await allRows(target.client)).toEqual(await allRows(source.client));
  });
});

function peakBytes(stderr: string): number {
  return Number(/peak (\d+)/.exec(stderr)![1]);
}
