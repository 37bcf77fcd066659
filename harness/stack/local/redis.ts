import { once } from 'node:events';
import { connect } from 'node:net';
import type { Found } from '../../setup/part.ts';
import type { Child } from '../child.ts';
import type { Running, Server } from './server.ts';

/** Redis or Valkey without persistence, for one run. */
export function redisServer({ path, version }: Found): Server {
  return {
    kind: 'redis',
    title: path.endsWith('valkey-server') ? 'Valkey' : 'Redis',
    version,
    command: ({ folder, port }) => [
      path,
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
      // A title of its own would overwrite the environment by which the watchdog knows its children.
      ...['--set-proc-title', 'no'],
    ],
    probe,
    stop: (child) => child.stop('SIGTERM', 3_000),
  };
}

const answerMs = 1_000;

/** `INFO server` works as soon as commands do, and names the process that answers. */
async function probe({ port }: Running, child: Child): Promise<void> {
  const socket = connect(port, '127.0.0.1')
    .setEncoding('utf8')
    .setTimeout(answerMs, () => socket.destroy());
  try {
    await once(socket, 'connect');
    socket.write('INFO server\r\n');
    let answer = '';
    for await (const chunk of socket) {
      answer += chunk;
      const answering = /process_id:(\d+)\r/.exec(answer)?.[1];
      if (answering === String(child.pid)) return;
      if (answering) throw new Error(`process ${answering} answers at port ${port}, not ${child.pid}`);
      if (answer.startsWith('-')) throw new Error(answer.trim());
    }
    throw new Error(`nothing answers at port ${port}`);
  } finally {
    socket.destroy();
  }
}
