import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from './test-servers.ts';

/** A script of this folder as a process of its own; a test that fails leaves none behind. */
export interface TestProcess extends AsyncDisposable {
  /** Its exit code and the signal that ended it. */
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  kill(signal: NodeJS.Signals): void;
  /** Everything it has written until now. */
  output(): string;
}

export interface TestService extends TestProcess {
  readonly url: string;
}

export function startScript(
  script: string,
  settings: Record<string, string>,
  args: readonly string[] = [],
): TestProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'close') as TestProcess['exited'];
  return {
    exited,
    kill: (signal) => void child.kill(signal),
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The service as it is started everywhere, listening on a free port unless `PORT` says which. */
export async function startService(settings: Record<string, string>): Promise<TestService> {
  const service = startScript('server.ts', { PORT: '0', ...settings });
  const listening = /listening at (http:\/\/[\d.:]+)/;
  try {
    const ended = service.exited.then(([code]) => {
      throw new Error(`it ended with ${code}`);
    });
    await Promise.race([until(() => listening.test(service.output()), 20_000), ended]);
    return { ...service, url: listening.exec(service.output())![1]! };
  } catch (cause) {
    await service[Symbol.asyncDispose]();
    throw new Error(`the service does not listen:\n${service.output()}`, { cause });
  }
}
