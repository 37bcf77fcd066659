import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AdminDatabase,
  allRows,
  fill,
  newDatabase,
} from '../../examples/memory-api/admin/test-admin.ts';
import { needsPgvector, startPgvector } from '../../examples/memory-api/storage/test-pgvector.ts';
import { type TestServer, until } from '../../examples/memory-api/test-servers.ts';
import { ops, startOps } from './testing/ops.ts';

// That server has pg_dump and pg_restore of its own version beside it.
const { runs, titled } = await needsPgvector();

describe.runIf(runs)(titled('the scripts for the database'), () => {
  let server: TestServer;
  let live: AdminDatabase;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    server = await startPgvector();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-backup-'));
    live = await newDatabase(server);
    await fill(live.client, 300);
    env = { DATABASE_URL: live.url, CACHE_ENABLED: 'false' };
  });
  afterEach(async () => {
    await live[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function backUp(): Promise<string> {
    const { code, stdout, stderr } = await ops('backup', ['--folder', folder], env);
    expect([code, stderr]).toEqual([0, '']);
    return /^(\S+\.dump): /.exec(stdout)![1]!;
  }

  it('a backup comes back in an empty server, row by row', async () => {
    const file = await backUp();
    await using other = await startPgvector();
    const restored = await ops('restore', [file], { ...env, DATABASE_URL: other.url });
    expect([restored.code, restored.stdout]).toEqual([0, '300 memories restored\n']);
    const client = new pg.Client({ connectionString: other.url });
    await client.connect();
    try {
      expect(await allRows(client)).toEqual(await allRows(live.client));
      for (const sql of [
        'select * from api_keys order by id',
        'select name from migrations order by id',
        "select indexdef from pg_indexes where schemaname = 'public' order by 1",
      ])
        expect((await client.query(sql)).rows).toEqual((await live.client.query(sql)).rows);
    } finally {
      await client.end();
    }
  });

  it('a backup has a checksum, and a damaged one is refused', async () => {
    const file = await backUp();
    expect(await readFile(`${file}.sha256`, 'utf8')).toMatch(
      /^[\da-f]{64} {2}memories-\d{8}T\d{6}Z\.dump\n$/,
    );
    await truncate(file, (await stat(file)).size - 1);
    await using target = await newDatabase(server, { schema: false });
    for (const script of ['restore', 'recovery-exercise']) {
      const { code, stderr } = await ops(script, [file], { ...env, DATABASE_URL: target.url });
      expect(code).toBe(1);
      expect(stderr).toMatch(/is damaged: expected the SHA-256/);
    }
  });

  it('a restore into a full database is refused', async () => {
    const file = await backUp();
    const { code, stderr } = await ops('restore', [file], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected an empty one/);
    expect(await allRows(live.client)).toHaveLength(300);
  });

  it('--keep removes older backups of ours, and nothing else', async () => {
    const old = ['memories-20260101T000000Z.dump', 'memories-20260102T000000Z.dump'];
    for (const name of [...old, 'precious.dump', 'memories-mine.dump'])
      await writeFile(join(folder, name), 'x');
    await writeFile(join(folder, `${old[0]}.sha256`), 'x');
    const { code, stdout } = await ops('backup', ['--folder', folder, '--keep', '2'], env);
    expect(code).toBe(0);
    expect(stdout).toContain(`removed ${join(folder, old[0]!)}\n`);
    const left = await readdir(folder);
    expect(left).toHaveLength(5);
    expect(left).toEqual(expect.arrayContaining([old[1], 'precious.dump', 'memories-mine.dump']));
  });

  it('a backup that fails leaves the older ones', async () => {
    const old = 'memories-20260101T000000Z.dump';
    await writeFile(join(folder, old), 'x');
    const { code } = await ops('backup', ['--folder', folder, '--keep', '1'], { ...env, PG_BIN: folder });
    expect([code, await readdir(folder)]).toEqual([1, [old]]);
  });

  it('an exercise compares, and drops what it made', async () => {
    const file = await backUp();
    await live.client.query(
      "update memories set content = 'changed', updated_at = now() where metadata->>'n' = '1'",
    );
    await live.client.query("delete from memories where metadata->>'n' = '2'");
    const { code, stdout, stderr } = await ops('recovery-exercise', [file], env);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^300 memories restored in [\d.]+ s\n299 memories in the live database now\n/);
    expect(stdout).toContain('of 300 compared: 298 the same, 1 changed since, 1 deleted since');
    expect(await exercises()).toEqual([]);
  });

  it.each([
    [
      'were changed behind the back of the service',
      "update memories set content = 'x' where metadata->>'n' = '1'",
      /1 were not written since and differ/,
    ],
    ['are of another database', 'delete from memories', /none of them is in the live database/],
  ])('an exercise fails when memories %s', async (_, sql, message) => {
    const file = await backUp();
    await live.client.query(sql);
    const { code, stderr } = await ops('recovery-exercise', [file], env);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(await exercises()).toEqual([]);
  });

  it('an exercise that is ended drops what it made', async () => {
    const file = await backUp();
    const child = startOps('recovery-exercise', [file], env);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until(async () => (await exercises()).length === 1);
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
    expect(await exercises()).toEqual([]);
  });

  async function exercises(): Promise<unknown[]> {
    const { rows } = await live.client.query(
      "select datname from pg_database where datname like 'recovery_exercise%'",
    );
    return rows;
  }

  it('optimise vacuums and analyses', async () => {
    const { code, stdout } = await ops('optimise', [], env);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/vacuumed and analysed "public"."memories"\n.*no index is bloated/s),
    ]);
  });

  it('analyse tells of tables, indexes and what to do', async () => {
    const { code, stdout } = await ops('analyse', ['--json'], env);
    const report = JSON.parse(stdout);
    expect([code, report.tables[0].name]).toEqual([0, 'memories']);
    const indexes = report.indexes.indexes.map(({ name }: { name: string }) => name);
    expect(indexes).toContain('memories_by_user');
    expect(report.activity).toMatchObject({ most_connections: 100, running: [] });
    expect(report.advice.join()).toContain('pg_stat_statements');
  });

  it('analyse says who keeps whom waiting, and does not wait itself', async () => {
    const [holder, waiter] = [new pg.Client(live.url), new pg.Client(live.url)];
    try {
      await Promise.all([holder.connect(), waiter.connect()]);
      await holder.query('begin');
      await holder.query('lock table memories');
      const { rows } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid');
      const waits = waiter.query('select count(*) from memories');
      await until(async () => {
        const sql = "select from pg_stat_activity where wait_event_type = 'Lock'";
        return (await live.client.query(sql)).rows.length > 0;
      });
      const { code, stdout, stderr } = await ops('analyse', ['--running', '1ms'], env);
      expect(stdout).toMatch(new RegExp(`${rows[0]!.pid} +active +select count`));
      expect(stdout).toContain(`${rows[0]!.pid} keeps others waiting`);
      expect([code, stderr]).toEqual([1, expect.stringContaining('somebody else holds a lock')]);
      await holder.query('rollback');
      await waits;
    } finally {
      await Promise.all([holder.end(), waiter.end()]);
    }
  });
});
