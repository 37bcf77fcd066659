import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../harness/stack/free-port.ts';

/** A way to the same Redis; disposing ends its process. */
export interface Contestant extends AsyncDisposable {
  readonly name: 'direct' | 'link' | 'toxiproxy';
  readonly port: number;
}

export function direct(port: number): Contestant {
  return { name: 'direct', port, [Symbol.asyncDispose]: async () => {} };
}

/** The link in a process of its own, as it is in a run: the harness is not the target. */
export async function startLink(upstreamPort: number): Promise<Contestant> {
  const script = join(import.meta.dirname, 'link-process.ts');
  const child = spawn(process.execPath, [script, `${upstreamPort}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  return { name: 'link', port: Number(port), [Symbol.asyncDispose]: () => end(child) };
}

/** Toxiproxy by TOXIPROXY_BIN or from the PATH; undefined when there is none. */
export async function startToxiproxy(
  upstreamPort: number,
  env: NodeJS.ProcessEnv,
): Promise<Contestant | undefined> {
  const program = env.TOXIPROXY_BIN ?? onPath('toxiproxy-server', env.PATH);
  if (program === undefined) return undefined;
  const apiPort = await freePort();
  const child = spawn(program, ['-host', '127.0.0.1', '-port', `${apiPort}`], { stdio: 'ignore' });
  await once(child, 'spawn');
  const port = await freePort();
  const proxy = {
    name: 'redis',
    listen: `127.0.0.1:${port}`,
    upstream: `127.0.0.1:${upstreamPort}`,
    enabled: true,
  };
  await postWhenReady(`http://127.0.0.1:${apiPort}/proxies`, proxy);
  return { name: 'toxiproxy', port, [Symbol.asyncDispose]: () => end(child) };
}

function onPath(program: string, path = ''): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(existsSync);
}

async function postWhenReady(url: string, body: unknown): Promise<void> {
  for (const deadlineMs = performance.now() + 5000; ; await sleep(50)) {
    try {
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      if (answer.ok) return;
      throw new Error(`expected Toxiproxy to make a proxy, got ${answer.status}: ${await answer.text()}`);
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
  }
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
