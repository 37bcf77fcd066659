import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { pathOf, serverUser } from '../../harness/setup/fixtures/parts.ts';

/** Real PostgreSQL and Redis for the tests, each on a free port of 127.0.0.1, gone when disposed. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** Everything it has logged until now. */
  log(): Promise<string>;
  /** Ends it as a crash would; the folder stays until it is disposed. */
  kill(): Promise<void>;
}

const startLimitMs = 20_000;

const unprivileged = serverUser();

/** Logs every statement, so that a test can count them; `given`: settings of the server that shall be otherwise. */
export async function startPostgres(given: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const binaries = await pathOf('postgres');
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const [code, output] = await run(join(binaries, 'initdb'), [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-sync',
  ]);
  if (code !== 0) throw new Error(`initdb ended with ${code}:\n${output}`);

  const port = await freePort();
  const settings = {
    fsync: 'off',
    unix_socket_directories: '',
    shared_buffers: '16MB',
    log_statement: 'all',
    ...given,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const server = await start(folder, join(binaries, 'postgres'), [
    '-D',
    data,
    '-h',
    '127.0.0.1',
    '-p',
    `${port}`,
    ...options,
  ]);
  return ready({ ...server, url }, async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    await client.end();
  });
}

export interface TestRedis extends TestServer {
  readonly port: number;
  /** It keeps its connections and says nothing. */
  pause(): void;
  resume(): void;
}

export async function startRedis(givenPort?: number): Promise<TestRedis> {
  const program = await pathOf('redis');
  const folder = await temporaryFolder();
  const port = givenPort ?? (await freePort());
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const url = `redis://127.0.0.1:${port}`;
  const server = await start(folder, program, options);
  return ready({ ...server, url, port }, async () => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    await client.connect();
    await client.quit();
  });
}

/** A port of 127.0.0.1 on which nobody listens just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until `holds` does not throw and does not give false. */
export async function until(holds: () => Promise<unknown> | unknown, limitMs = 10_000): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  for (;;) {
    try {
      if ((await holds()) !== false) return;
      if (Date.now() > deadlineMs) throw new Error(`still false after ${limitMs} ms: ${holds}`);
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
    }
    await wait(10);
  }
}

async function ready<S extends TestServer>(server: S, connect: () => Promise<void>): Promise<S> {
  try {
    await until(connect, startLimitMs);
    return server;
  } catch (cause) {
    const log = await server.log();
    await server[Symbol.asyncDispose]();
    throw new Error(`the server at ${server.url} did not start:\n${log}`, { cause });
  }
}

async function start(folder: string, command: string, args: readonly string[]) {
  const logPath = join(folder, 'log');
  const log = await open(logPath, 'a');
  const child = spawn(command, args, { ...unprivileged, cwd: folder, stdio: ['ignore', log.fd, log.fd] });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  await Promise.race([once(child, 'spawn'), failed]).finally(() => log.close());
  return {
    log: () => readFile(logPath, 'utf8'),
    kill: () => end(child, 'SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      await end(child, 'SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** SIGINT is the fast shutdown of PostgreSQL and the plain one of Redis. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

async function run(command: string, args: readonly string[]): Promise<[number | null, string]> {
  const child = spawn(command, args, { ...unprivileged, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return [code, output];
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'memory-api-test-'));
  if (unprivileged.uid && unprivileged.gid) await chown(folder, unprivileged.uid, unprivileged.gid);
  return folder;
}
