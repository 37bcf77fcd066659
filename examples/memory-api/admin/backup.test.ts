import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsPgvector, startPgvector } from '../storage/test-pgvector.ts';
import type { TestServer } from '../test-servers.ts';
import { type AdminDatabase, admin, allRows, countOf, fill, newDatabase } from './test-admin.ts';

// The server comes with pg_dump and pg_restore of its own version, so nothing has to be on the machine.
const { runs, titled } = await needsPgvector();

describe.runIf(runs)(titled('backup and restore'), () => {
  let server: TestServer;
  let source: AdminDatabase;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    server = await startPgvector();
    folder = await mkdtemp(join(tmpdir(), 'memory-admin-backup-'));
    source = await newDatabase(server);
    await fill(source.client, 300);
    await source.client.query("insert into api_keys (name, key_hash) values ('a', sha256('a'))");
    file = join(folder, 'first.dump');
    const { code, stdout, stderr } = await admin(source.url, ['backup', file, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({ file, size_bytes: (await stat(file)).size });
  });

  afterAll(async () => {
    await source?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('bring everything into an empty server, row by row', async () => {
    await using other = await startPgvector();
    // Its transactions have lower numbers than those in the backup.
    for (let n = 0; n < 50; n += 1) await source.client.query('select pg_current_xact_id()');
    const { code, stdout, stderr } = await admin(other.url, ['restore', file]);
    expect([code, stderr, stdout]).toEqual([0, '', '300 memories restored\n']);
    const client = new pg.Client({ connectionString: other.url });
    await client.connect();
    try {
      expect(await allRows(client)).toEqual(await allRows(source.client));
      for (const sql of [
        'select * from api_keys order by id',
        'select name from migrations order by id',
        "select indexdef from pg_indexes where schemaname = 'public' order by 1",
        `select relname, conname, pg_get_constraintdef(c.oid) from pg_constraint c
           join pg_class t on t.oid = conrelid where t.relnamespace = 'public'::regnamespace order by 1, 2`,
      ])
        expect((await client.query(sql)).rows).toEqual((await source.client.query(sql)).rows);
      const ahead = 'select from memories where embedded_by > pg_current_xact_id()';
      expect((await client.query(ahead)).rows).toEqual([]);
    } finally {
      await client.end();
    }
  });

  it('refuse a database that is not empty', async () => {
    await using target = await newDatabase(server);
    await fill(target.client, 5);
    const { code, stderr } = await admin(target.url, ['restore', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the database holds .*memories.*: expected an empty one/);
    expect(await countOf(target.client)).toBe(5);
  });

  it.each([
    ['no file', async () => join(folder, 'none'), /ENOENT.*\nthere is no such file/],
    ['another file', () => write('other', 'PG'), /does not begin with PGDMP/],
    ['a file that only looks like one', () => write('alike', 'PGDMPxxxx'), /cannot be read/],
    ['a file that was cut', cutFile, /is damaged or cut off/],
  ])('refuse %s, and touch nothing', async (_, make, message) => {
    await using target = await newDatabase(server, { schema: false });
    const { code, stderr } = await admin(target.url, ['restore', await make()]);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    const { rows } = await target.client.query(
      "select from pg_class where relnamespace = 'public'::regnamespace",
    );
    expect(rows).toEqual([]);
  });

  it('write over no file', async () => {
    const kept = await write('kept', 'precious');
    const { code, stderr } = await admin(source.url, ['backup', kept]);
    expect([code, await readFile(kept, 'utf8')]).toEqual([1, 'precious']);
    expect(stderr).toContain('is there already');
  });

  it('name the tools that are too old, and what to do', async () => {
    const tools = await toolFolder('echo "pg_dump (PostgreSQL) 9.6.24"');
    const { code, stderr } = await admin(source.url, ['backup', join(folder, 'x')], {
      env: { PG_BIN: tools },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected pg_dump of PostgreSQL \d+ or later, found .*pg_dump is of version 9/);
    expect(stderr).toContain('PG_BIN');
    const none = await mkdtemp(join(folder, 'empty-'));
    const other = await admin(source.url, ['backup', join(folder, 'x')], { env: { PG_BIN: none } });
    expect(other.stderr).toContain(`none in ${none}`);
  });

  it('give the password by the environment alone, and leave nothing when the tool fails', async () => {
    const tools = await toolFolder(
      `[ "$1" = --version ] && echo 'pg_dump (PostgreSQL) 99.0' && exit
       echo "$PGUSER $PGPASSWORD $PGPORT" >"${folder}/told"
       echo "$*" >"${folder}/given"
       for it; do case $it in --file=*) echo half >"\${it#--file=}" ;; esac; done
       echo 'no space' >&2; exit 3`,
    );
    const url = source.url.replace('postgres@', 'postgres:s%23cret@');
    const { code, stderr } = await admin(url, ['backup', join(folder, 'x')], { env: { PG_BIN: tools } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/no backup was made, .*pg_dump ended with 3:\nno space/);
    expect(await readFile(join(folder, 'told'), 'utf8')).toBe(`postgres s#cret ${new URL(url).port}\n`);
    expect(await readFile(join(folder, 'given'), 'utf8')).not.toMatch(/cret/);
    expect((await readdir(folder)).filter((name) => name.startsWith('x'))).toEqual([]);
  });

  async function write(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  async function cutFile(): Promise<string> {
    const path = join(folder, 'cut');
    await writeFile(path, await readFile(file));
    await truncate(path, (await stat(path)).size - 2000);
    return path;
  }

  /** A `pg_dump` that is this shell script. */
  async function toolFolder(script: string): Promise<string> {
    const tools = await mkdtemp(join(folder, 'tools-'));
    await writeFile(join(tools, 'pg_dump'), `#!/bin/sh\n${script}\n`);
    await chmod(join(tools, 'pg_dump'), 0o755);
    return tools;
  }
});
