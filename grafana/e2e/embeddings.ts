import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../../examples/memory-api/test-servers.ts';

const script = join(import.meta.dirname, '../../examples/embeddings-server/server.ts');
const listening = /listening at (http:\/\/[\d.:]+)/;

/** The provider of embeddings as a process of its own, until it is disposed. */
export interface Embeddings extends AsyncDisposable {
  readonly url: string;
}

/** @throws Error with what it wrote, when it does not listen within 10 s */
export async function startEmbeddings(): Promise<Embeddings> {
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit');
  const end = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    await until(() => listening.test(output));
    return { url: listening.exec(output)![1]!, [Symbol.asyncDispose]: end };
  } catch (cause) {
    await end();
    throw new Error(`the embeddings server does not listen:\n${output}`, { cause });
  }
}
