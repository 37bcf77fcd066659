import { join } from 'node:path';
import { type Desk, type Running, repository } from './ordeal.ts';

/**
 * An `ordeal up` at a desk of its own: its folders lie there, so that what is left is seen. Disposing kills it as it stands.
 *
 * @param more the arguments after those that every test gives
 */
export async function startUp(desk: Desk, ...more: string[]): Promise<Running & AsyncDisposable> {
  const scenario = join(repository, 'scenarios/steady-state');
  const args = ['up', scenario, '--stack', 'local', '--ports', 'free', ...more];
  const running = desk.start(args, { TMPDIR: desk.folder });
  const stop = async () => {
    running.process.kill('SIGKILL');
    await running.finished();
  };
  try {
    await running.printed('Ctrl-C stops everything');
  } catch (error) {
    await stop();
    throw error;
  }
  return Object.assign(running, { [Symbol.asyncDispose]: stop });
}

/** The address behind a name in what it printed. */
export function addressOf(running: Running, name: string): string {
  const found = new RegExp(`^ +${name} +(\\S+)$`, 'm').exec(running.output)?.[1];
  if (!found) throw new Error(`no address of ${name}:\n${running.output}`);
  return found;
}

/** @throws Error when it is not answered with 200 and JSON within 5 s. */
export async function ask<T>(address: string): Promise<T> {
  const answer = await fetch(address, { signal: AbortSignal.timeout(5000) });
  if (answer.status !== 200) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Prometheus' answer to an instant query. */
export interface Vector {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** Loki's answer to a query for lines. */
export interface Streams {
  data: { result: { stream: Record<string, string>; values: [nanoseconds: string, line: string][] }[] };
}

/** Jaeger's answer. */
export interface Traces {
  data: { spans: { operationName: string }[] }[];
}
