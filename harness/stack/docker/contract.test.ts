import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { askDocker, engine, runs, titled } from './desk.ts';
import { defaultImages } from './images.ts';

const { postgres, redis } = defaultImages;
const execute = promisify(execFile);

/** What the stack and its users know of an image: true of the official ones, and so of whatever stands in for them. */
describe.runIf(runs)(titled('the contract of the images'), () => {
  const started: string[] = [];
  afterEach(async () => {
    if (started.length > 0) await askDocker('rm', '-fv', ...started.splice(0));
  });

  async function start(...args: string[]): Promise<string> {
    const [id] = await askDocker('run', '-d', ...args);
    started.push(id!);
    return id!;
  }

  async function logOf(id: string): Promise<string> {
    const { stdout, stderr } = await execute('docker', ['-H', engine!.path, 'logs', id]);
    return stdout + stderr;
  }

  it('PostgreSQL: a database from the environment, flags alone, init scripts, two starts', async () => {
    const script = 'create table made_by_script (n int)';
    const id = await start(
      ...['-e', 'POSTGRES_USER=some one', '-e', 'POSTGRES_PASSWORD=p\'a"s$s', '-e', 'POSTGRES_DB=a-b'],
      ...['-e', "POSTGRES_INITDB_ARGS=--no-sync --set work_mem='7 MB'"],
      ...['--entrypoint', 'bash', postgres, '-c'],
      `echo "${script}" > /docker-entrypoint-initdb.d/1.sql; exec docker-entrypoint.sh -c shared_buffers=16MB`,
    );
    const ready = 'database system is ready to accept connections';
    await expect.poll(async () => (await logOf(id)).split(ready).length - 1, { timeout: 25_000 }).toBe(2);
    expect(await logOf(id)).toContain('PostgreSQL init process complete; ready for start up.');

    const query =
      "select current_setting('shared_buffers'), current_setting('work_mem'), count(*) from made_by_script";
    const psql = ['psql', '-U', 'some one', '-d', 'a-b', '-h', '127.0.0.1', '-Atc', query];
    expect(await askDocker('exec', '-e', 'PGPASSWORD=p\'a"s$s', id, ...psql)).toEqual(['16MB|7MB|0']);
    expect(await askDocker('exec', id, 'stat', '-c', '%U', '/proc/1')).toEqual(['postgres']);
  });

  it('PostgreSQL: no password is an error that says what to set', async () => {
    const id = await start(postgres);
    expect(await askDocker('wait', id)).toEqual(['1']);
    expect(await logOf(id)).toContain('POSTGRES_PASSWORD');
  });

  it.each([
    ['flags alone', ['--maxmemory', '50mb']],
    ['the program and its flags', ['redis-server', '--maxmemory', '50mb']],
  ])('Redis: %s', async (_name, command) => {
    const id = await start(redis, ...command);
    await expect.poll(() => logOf(id), { timeout: 10_000 }).toContain('Ready to accept connections');
    const ask = (name: string) => askDocker('exec', id, 'redis-cli', 'config', 'get', name);
    expect(await ask('maxmemory')).toEqual(['maxmemory', '52428800']);
    expect(await ask('protected-mode')).toEqual(['protected-mode', 'no']);
    expect(await askDocker('exec', id, 'stat', '-c', '%U', '/proc/1')).toEqual(['redis']);
  });

  it.each([postgres, redis])('%s tells its version', async (image) => {
    expect((await askDocker('run', '--rm', image, '--version')).join()).toMatch(/\d+\.\d+/);
  });
});
