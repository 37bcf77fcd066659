import { createHash } from 'node:crypto';
import { addAbortListener, once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Lets one set-up at a time work on a cache folder; the others wait. The lock is an abstract Unix socket
 * (unix(7)): the kernel gives it back when its holder is gone, however that came about, so no lock is ever stale.
 * Where there are none (other systems than Linux) two may work at once, which costs time and harms nothing:
 * every part is moved to its place in one step.
 */
export async function lock(
  cacheFolder: string,
  onWait: () => void,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  if (process.platform !== 'linux') return { async [Symbol.asyncDispose]() {} };
  const name = `\0ordeal-setup-${createHash('sha256').update(cacheFolder).digest('hex').slice(0, 16)}`;
  for (let waits = 0; ; waits++) {
    signal.throwIfAborted();
    const held = await tryToHold(name);
    if (held) return held;
    if (waits === 0) onWait();
    await untilReleased(name, signal);
  }
}

async function tryToHold(name: string): Promise<AsyncDisposable | undefined> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket.on('error', () => undefined).once('close', () => waiting.delete(socket)));
  });
  if (!(await listens(server, name))) return undefined;
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of waiting) socket.destroy();
      await closed;
    },
  };
}

async function listens(server: Server, name: string): Promise<boolean> {
  try {
    await once(server.listen(name), 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** The holder keeps our connection open for as long as it works. */
async function untilReleased(name: string, signal: AbortSignal): Promise<void> {
  const socket = connect(name)
    .on('error', () => undefined)
    .resume();
  using _ = addAbortListener(signal, () => socket.destroy());
  await new Promise((resolve) => socket.once('close', resolve));
}
