import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pathOf, serverUser } from '../../harness/setup/fixtures/parts.ts';

/** A PostgreSQL and a Redis on free ports, for the fixtures. @throws Error when this machine lacks one. */
export async function startDependencies(): Promise<AsyncDisposable & { env: Record<string, string> }> {
  const [binaries, redis] = await Promise.all([pathOf('postgres'), pathOf('redis')]);
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'preload-'));
  if (user.uid && user.gid) chownSync(folder, user.uid, user.gid);
  const [databasePort, redisPort] = [await freePort(), await freePort()];
  const data = join(folder, 'data');
  execFileSync(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-N'], user);
  const running = [
    spawn(
      join(binaries, 'postgres'),
      ['-D', data, '-p', `${databasePort}`, '-h', '127.0.0.1', '-k', folder],
      {
        ...user,
        stdio: 'ignore',
      },
    ),
    spawn(redis, ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', ''], {
      cwd: folder,
      stdio: 'ignore',
    }),
  ];
  const databaseUrl = `postgres://postgres@127.0.0.1:${databasePort}/postgres`;
  await accepting(async () => {
    const socket = connect(redisPort, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  });
  await accepting(async () => {
    const client = new Client(databaseUrl);
    await client.connect();
    await client.query('CREATE TABLE IF NOT EXISTS notes (id int, kind text, text text)');
    await client.end();
  });
  return {
    env: { DATABASE_URL: databaseUrl, REDIS_URL: `redis://127.0.0.1:${redisPort}` },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map(stop));
      if (existsSync(folder)) rmSync(folder, { recursive: true });
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  await once(child, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Tries until it works. @throws what it threw last, after 10 s. */
async function accepting(attempt: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
