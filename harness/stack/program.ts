import { resolve } from 'node:path';
import type { ProgramSpec } from '../scenario/scenario.ts';
import type { Child } from './child.ts';
import { inheritedEnv } from './inherited-env.ts';
import { groupListensAt } from './listens.ts';
import { type Server, startServer } from './local/server.ts';
import type { Service, StartContext } from './service.ts';

/** Where the programs of a scenario are at home. */
export interface Home {
  /** The scenario's folder; `cwd` of a program is relative to it. */
  folder: string;
  /** The harness's own environment, of which a program sees what the target sees. */
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts a dependency that is a program of the author's own, as a child process, and waits until it can serve.
 *
 * @throws InfrastructureError with the end of its log when it does not.
 */
export function startProgram(
  name: string,
  spec: ProgramSpec,
  context: StartContext,
  home: Home,
): Promise<Service> {
  return startServer(serverOf(spec, home), name, context);
}

function serverOf({ command, cwd, env, ready }: ProgramSpec, home: Home): Server {
  const [program, ...args] = command as [string, ...string[]];
  return {
    kind: 'http',
    title: 'Program',
    version: command.join(' '),
    cwd: resolve(home.folder, cwd),
    mend: `Expected a program on PATH, got "${program}".`,
    // It may be a shell that started the program itself.
    signals: 'group',
    env: ({ port }) => ({ ...inheritedEnv(home.env), ...withPort(env, port) }),
    command: () => [program === 'node' ? process.execPath : program, ...args],
    probe: async ({ port }, child) => {
      await answers(`http://127.0.0.1:${port}${ready.path}`);
      await requireOwn(port, child);
    },
    stop: (child) => child.stop(),
  };
}

function withPort(env: Readonly<Record<string, string>>, port: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replaceAll('{port}', String(port))]),
  );
}

/** Longer than a program needs to find that its port is taken. */
const findsOutMs = 2_000;

/** @throws Error when it was not the child's answer: the port may have been taken meanwhile, and then the program ends. */
export async function requireOwn(port: number, child: Child): Promise<void> {
  if (groupListensAt(child.pid, port)) return;
  // It may be served for it, as what runs in a container is.
  if (await child.endsWithin(findsOutMs)) throw new Error(`somebody else answers at port ${port}`);
}

const answerMs = 1_000;

/** @throws Error when it does not answer 2xx within 1 s. */
export async function answers(url: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerMs) });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}, expected 2xx`);
}
