import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { freePort, startPostgres, type TestServer } from '../test-servers.ts';
import { type AdminDatabase, admin, allRows, countOf, fill, mainFile, newDatabase } from './test-admin.ts';

const { runs, titled } = await needs('postgres');
const nowhere = 'postgres://ada:secret@127.0.0.1:1/nowhere';

describe('memory-admin', () => {
  it.each([
    ['an unknown verb', ['shine'], nowhere, 64, /unknown command 'shine'/],
    ['no verb', [], nowhere, 64, /Usage: memory-admin/],
    ['an unknown option', ['list', '--shiny'], nowhere, 64, /unknown option '--shiny'/],
    ['a page that is no number', ['list', '--page', 'x'], nowhere, 64, /whole number of at least 1/],
    ['an unknown kind', ['list', '--kind', 'joke'], nowhere, 64, /fact, intervention, reflection/],
    ['neither a user nor all', ['clear', '--yes'], nowhere, 64, /either --user <id> or --all/],
    ['both a user and all', ['clear', '--all', '--user', 'a'], nowhere, 64, /either --user <id> or --all/],
    ['logs without a folder', ['logs', 'clean'], nowhere, 64, /--folder <path>/],
    ['a key without a name', ['key', 'issue', ''], nowhere, 64, /name: expected 1 to 128 characters, got 0/],
    [
      'a key with a long name',
      ['key', 'issue', 'é'.repeat(129)],
      nowhere,
      64,
      /name: expected 1 to 128 characters, got more/,
    ],
    [
      'a key of an odd user',
      ['key', 'issue', 'x', '--user', 'a b'],
      nowhere,
      64,
      /--user: expected 1 to 128/,
    ],
    ['a key that is no id', ['key', 'revoke', 'x'], nowhere, 64, /expected the id of a key, a UUID/],
    ['no database', ['summary'], '', 78, /DATABASE_URL: .*postgres:\/\/ URL/],
    ['another database', ['summary', '--database-url', 'mysql://ada:secret@x'], nowhere, 78, /DATABASE_URL/],
    ['nobody who listens', ['summary'], nowhere, 1, /ECONNREFUSED.*\nnobody listens there/],
  ])('ends as is right for %s', async (_, args, url, code, message) => {
    const ended = await admin(url, args);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toContain('secret');
    expect([ended.code, ended.stdout]).toEqual([code, '']);
  });

  it('is a command by this name, where npm links it, and runs as it is', async () => {
    const root = join(import.meta.dirname, '..', '..', '..');
    const { bin } = await jsonOf(join(root, 'examples/memory-api/package.json'));
    expect(bin).toEqual({ 'memory-admin': 'admin/main.ts' });
    const { packages } = await jsonOf(join(root, 'package-lock.json'));
    expect(packages['examples/memory-api'].bin).toEqual(bin);

    const folder = await mkdtemp(join(tmpdir(), 'memory-admin-bin-'));
    try {
      await symlink(mainFile, join(folder, 'memory-admin'));
      const PATH = [folder, dirname(process.execPath), process.env.PATH].join(delimiter);
      const { stdout } = await promisify(execFile)('memory-admin', ['--help'], { env: { PATH } });
      expect(stdout).toMatch(/^Usage: memory-admin /);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([[], ['list'], ['index'], ['import'], ['logs', 'clean'], ['status'], ['embeddings', 'renew']])(
    'has a help of 80 columns for %s %s',
    async (...args) => {
      const { code, stdout } = await admin(nowhere, [...args, '--help']);
      expect(code).toBe(0);
      expectNarrow(stdout);
    },
  );

  it('archives and cleans log files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'memory-admin-logs-'));
    try {
      for (const n of [1, 2, 3]) await writeFile(join(folder, `memory-api.2026-01-0${n}.1.log`), 'line\n');
      expect(await admin('', ['logs', 'archive', '--folder', folder])).toEqual({
        code: 0,
        stdout: [2, 1].map((n) => `archived ${join(folder, `memory-api.2026-01-0${n}.1.log.gz`)}\n`).join(''),
        stderr: '',
      });
      const cleaned = await admin('', ['logs', 'clean', '--folder', folder, '--keep-files', '1', '--json']);
      expect(JSON.parse(cleaned.stdout)).toEqual({
        removed: [join(folder, 'memory-api.2026-01-01.1.log.gz')],
      });
      expect(await readdir(folder)).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe.runIf(runs)(titled('memory-admin with PostgreSQL'), () => {
  let server: TestServer;
  let filled: AdminDatabase;

  beforeAll(async () => {
    server = await startPostgres();
    filled = await newDatabase(server);
    await fill(filled.client, 70);
  });

  afterAll(async () => {
    await filled?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it('says what is in the database', async () => {
    const summary = JSON.parse((await admin(filled.url, ['summary', '--top', '2', '--json'])).stdout);
    expect(summary).toMatchObject({
      memories: 70,
      users: 7,
      by_kind: [
        { kind: 'intervention', memories: 24 },
        { kind: 'fact', memories: 23 },
        { kind: 'reflection', memories: 23 },
      ],
      by_user: [
        { user_id: 'user-0', memories: 10 },
        { user_id: 'user-1', memories: 10 },
      ],
      oldest: '2026-01-01T00:00:01.000Z',
      newest: '2026-01-01T00:01:10.000Z',
      search: expect.stringMatching(/^exact/),
    });
    const { total_bytes, table_bytes, index_bytes } = summary.size;
    expect(table_bytes + index_bytes).toBe(total_bytes);
    const { stdout } = await admin(filled.url, ['summary', '--top', '2']);
    for (const part of ['70 memories of 7 users', 'intervention', 'and 5 more'])
      expect(stdout).toContain(part);
    expectNarrow(stdout);
  });

  it.each([
    ['the newest first', [], [70, 69, 68], 70],
    ['of a user', ['--user', 'user-3'], [66, 59, 52], 10],
    ['of a kind', ['--kind', 'fact'], [69, 66, 63], 23],
    ['of a user and a kind', ['--user', 'user-3', '--kind', 'fact'], [66, 45, 24], 4],
    ['a later page', ['--page', '3'], [64, 63, 62], 70],
    ['nothing beyond the end', ['--page', '99'], [], 70],
  ])('lists %s', async (_, args, expected, total) => {
    const { stdout } = await admin(filled.url, ['list', '--limit', '3', '--json', ...args]);
    const { data, pagination } = JSON.parse(stdout);
    expect(data.map(({ metadata }: { metadata: { n: number } }) => metadata.n)).toEqual(expected);
    expect(pagination).toMatchObject({ limit: 3, total, pages: Math.ceil(total / 3) });
    const text = await admin(filled.url, ['list', '--limit', '3', ...args]);
    expect(text.stdout.split('\n')).toHaveLength(expected.length * 2 + 3);
    expectNarrow(text.stdout);
  });

  it('obeys no text of a memory', async () => {
    await using database = await newDatabase(server);
    await fill(database.client, 1);
    await database.client.query(
      "update memories set content = E'a\\x1b[2Jb\\nc\\u202Ed', user_id = E'\\x07x'",
    );
    const { stdout } = await admin(database.url, ['list']);
    expect(stdout).toContain('a\ufffd[2Jb c\ufffdd');
    for (const bad of ['\x07', '\x1b', '\u202e']) expect(stdout).not.toContain(bad);
    expect((await admin(database.url, ['summary'])).stdout).not.toContain('\x07');
  });

  it('knows the indexes', async () => {
    const { stdout } = await admin(filled.url, ['index', '--json']);
    const { indexes, pgvector } = JSON.parse(stdout);
    expect(pgvector).toBeNull();
    expect(indexes).toContainEqual({
      name: 'memories_by_user',
      method: 'btree',
      size_bytes: expect.any(Number),
      scans: expect.any(Number),
      valid: true,
      definition: expect.stringContaining('(user_id, created_at DESC, id DESC)'),
      is_vector: false,
    });
    const text = (await admin(filled.url, ['index'])).stdout;
    expect(text).toContain('memories_by_user');
    expectNarrow(text);
  });

  it('vacuums, and makes anew what is bloated or broken, and nothing else', async () => {
    await using database = await newDatabase(server);
    await fill(database.client, 40_000);
    await database.client.query("delete from memories where (metadata->>'n')::int % 20 <> 0");
    await database.client.query(
      "update pg_index set indisvalid = false where indexrelid = 'memories_by_kind'::regclass",
    );
    const { code, stdout } = await admin(database.url, ['optimise', '--json']);
    expect(code).toBe(0);
    const { vacuumed, reindexed } = JSON.parse(stdout);
    expect(vacuumed).toContain('"public"."memories"');
    const reasons = new Map(reindexed.map((it: { index: string; reason: string }) => [it.index, it.reason]));
    expect(reasons.get('memories_by_kind')).toBe('invalid');
    expect(reasons.get('memories_by_user')).toBe('bloated');
    for (const { before_bytes, after_bytes } of reindexed) expect(after_bytes).toBeLessThan(before_bytes / 2);
    const again = await admin(database.url, ['optimise']);
    expect(again.stdout).toContain('no index is bloated');
    expect(await countOf(database.client)).toBe(2000);
  });

  it('tells of tables and statements', async () => {
    await using database = await newDatabase(server);
    await fill(database.client, 2000);
    await database.client.query('analyze memories');
    await database.client.query('delete from memories where id::text < $1', ['c']);
    const without = JSON.parse((await admin(database.url, ['analyse', '--json'])).stdout);
    expect(without.slowest).toBeNull();
    expect(without.cache_hit_ratio).toBeGreaterThan(0);
    const memories = without.tables.find(({ name }: { name: string }) => name === 'memories');
    expect(memories.empty_ratio).toBeGreaterThan(0.5);

    // With the columns of the extension, for which the server would have to be started with it.
    await database.client.query(
      `create view pg_stat_statements as select oid as dbid, 7::bigint as calls, 1234.5::float8 as total_exec_time,
         176.4::float8 as mean_exec_time, 'select' || repeat(' long', 40) as query
       from pg_database where datname = current_database()`,
    );
    const { stdout } = await admin(database.url, ['analyse']);
    expect(stdout).toMatch(/7 +1235 +176.4 +select long/);
    expectNarrow(stdout);
  });

  it('sees that another model made the embeddings, and takes them all', async () => {
    await using database = await newDatabase(server);
    // Of 16 dimensions and of no model; each seventh waits for one.
    await fill(database.client, 70);
    const env = { EMBEDDINGS_DIMENSIONS: '16' };
    const checked = await admin(database.url, ['embeddings', 'check', '--json'], { env });
    expect(JSON.parse(checked.stdout)).toEqual({
      model: 'hashing',
      dimensions: 16,
      pending: 10,
      by_dimensions: [{ dimensions: 16, memories: 60 }],
      sample: { compared: 20, same: 0 },
    });
    const text = (await admin(database.url, ['embeddings', 'check'], { env })).stdout;
    expect(text).toContain('embeddings renew --all');
    expectNarrow(text);
    const others = await admin(database.url, ['embeddings', 'renew', '--others', '--json'], { env });
    expect(JSON.parse(others.stdout)).toEqual({ pending: 0, cache: 'disabled' });
    const all = await admin(database.url, ['embeddings', 'renew', '--all', '--json'], { env });
    expect(JSON.parse(all.stdout)).toEqual({ pending: 60, cache: 'disabled' });
    const { rows } = await database.client.query('select from memories where embedding is null');
    expect(rows).toHaveLength(70);
  });

  it('says that nothing was compared when the provider does not answer', async () => {
    await using database = await newDatabase(server);
    await fill(database.client, 5);
    const EMBEDDINGS_URL = `http://127.0.0.1:${await freePort()}/v1`;
    const env = { EMBEDDINGS_DIMENSIONS: '16', EMBEDDINGS_URL, RETRY_ATTEMPTS: '1' };
    const { code, stdout } = await admin(database.url, ['embeddings', 'check'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/sample +the provider of embeddings does not answer/);
  });

  it.each([
    ...['summary', 'list', 'index', 'export', 'optimise', 'analyse'],
    ...['key list', 'key issue x', `key revoke ${randomUUID()}`],
  ])('%s says that the schema is missing', async (typed) => {
    await using database = await newDatabase(server, { schema: false });
    const { code, stdout, stderr } = await admin(database.url, typed.split(' '));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('run node migrate.ts');
    expect(stderr).not.toContain('did not do what was asked');
  });

  it('takes a name of 128 characters for a key', async () => {
    await using database = await newDatabase(server);
    const { code, stderr } = await admin(database.url, ['key', 'issue', 'é'.repeat(128), '--user', 'a@b']);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('takes --database-url before DATABASE_URL', async () => {
    const unused = `postgres://postgres@127.0.0.1:${await freePort()}/none`;
    const { code } = await admin(unused, ['summary', '--database-url', filled.url]);
    expect(code).toBe(0);
  });

  describe('clear', () => {
    it('refuses without a terminal and without --yes', async () => {
      const { code, stderr } = await admin(filled.url, ['clear', '--all'], { input: 'yes\n' });
      expect(code).toBe(64);
      expect(stderr).toContain('--yes');
      expect(await countOf(filled.client)).toBe(70);
    });

    it.each([
      ['a user', ['--user', 'user-3'], 9, 54],
      ['all', ['--all'], 63, 0],
      ['a user who has none', ['--user', 'nobody'], 0, 63],
    ])('deletes the memories of %s with --yes', async (_, args, deleted, left) => {
      await using database = await newDatabase(server);
      await fill(database.client, 63);
      const { stdout } = await admin(database.url, ['clear', '--yes', '--json', ...args]);
      expect(JSON.parse(stdout)).toEqual({ deleted, cache: 'disabled' });
      expect(await countOf(database.client)).toBe(left);
    });

    it.each([
      ['what was asked for', 'user-3', 0, 54],
      ['something else', 'user-4', 1, 63],
      ['nothing', '', 1, 63],
    ])('asks at a terminal, where %s is typed', async (_, typed, code, left) => {
      await using database = await newDatabase(server);
      await fill(database.client, 63);
      const { status, output } = await atTerminal(database.url, ['clear', '--user', 'user-3'], typed);
      expect(output).toContain('9 memories of the user user-3 will be deleted for good');
      expect(status).toBe(code);
      expect(await countOf(database.client)).toBe(left);
    });
  });

  it('leaves the rows alone when it only looks', async () => {
    const before = await allRows(filled.client);
    for (const verb of ['summary', 'list', 'index', 'optimise', 'analyse', 'export'])
      expect((await admin(filled.url, [verb])).code).toBe(0);
    expect(await allRows(filled.client)).toEqual(before);
  });
});

/** With a terminal of its own, from `script`, which Linux and macOS have with different arguments. */
async function atTerminal(url: string, args: readonly string[], typed: string) {
  const command = [process.execPath, mainFile, ...args];
  const scriptArgs =
    process.platform === 'linux'
      ? ['-qec', command.map((it) => `'${it}'`).join(' '), '/dev/null']
      : ['-q', '/dev/null', ...command];
  const child = spawn('script', scriptArgs, {
    env: { PATH: process.env.PATH, DATABASE_URL: url, TERM: 'dumb', CACHE_ENABLED: 'false' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.includes('to go on:')) child.stdin.write(typed === '' ? '\r' : `${typed}\r`);
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

function expectNarrow(text: string): void {
  for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
}

// biome-ignore lint/suspicious/noExplicitAny: whatever stands there
async function jsonOf(path: string): Promise<any> {
  return JSON.parse(await readFile(path, 'utf8'));
}
