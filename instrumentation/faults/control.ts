import { connect, type Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { complain, reason } from '../complain.ts';
import { standAtClock } from './clock.ts';
import { standAtLookup } from './dns.ts';
import type { NodeFault } from './fault.ts';
import { InForce } from './in-force.ts';
import { lineReader } from './lines.ts';
import { watchStatus } from './status.ts';

/** Where the harness waits, and the token that it made for this run. */
export interface ControlAddress {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

/** One line from the harness. */
type Command = { id: string; token: string } & (
  | { do: 'inject'; fault: NodeFault; forMs: number }
  | { do: 'heal' }
  | { do: 'status'; lookup?: string }
);

const mostAttempts = 20;
const betweenAttemptsMs = 500;

/**
 * Lets the harness that started this service put faults into it. Connects, says who is there, and does what comes
 * with the token of this run: newline-delimited JSON both ways. Never throws and never keeps the process alive. When
 * the connection is lost every fault ends at once; connecting is tried 20 times in all.
 */
export function connectControl(address: ControlAddress): void {
  if (!isMainThread) return;
  try {
    const inForce = new InForce({ resolver: standAtLookup(), wall: standAtClock() });
    const status = watchStatus();
    let attempts = 0;
    const attempt = () => {
      attempts += 1;
      const socket = connect({ host: address.host, port: address.port, noDelay: true });
      socket.unref();
      const say = (message: object) => void (socket.writable && socket.write(`${JSON.stringify(message)}\n`));
      socket.once('connect', () =>
        say({ say: 'hello', token: address.token, pid: process.pid, node: process.version }),
      );
      listen(socket, (line) => void obey(line, address.token, inForce, status, say));
      socket.on('error', () => {});
      socket.once('close', () => {
        inForce.healAll().catch((error) => complain(`a fault did not end: ${reason(error)}`));
        if (attempts < mostAttempts) setTimeout(attempt, betweenAttemptsMs).unref();
      });
    };
    attempt();
  } catch (error) {
    complain(`the harness cannot put faults into this service: ${reason(error)}`);
  }
}

function listen(socket: Socket, onLine: (line: string) => void): void {
  const read = lineReader(onLine);
  socket.on('data', (chunk: Buffer) => {
    if (!read(chunk)) socket.destroy();
  });
}

/** Does what a line asks for and answers it. Never throws. */
async function obey(
  line: string,
  token: string,
  inForce: InForce,
  status: ReturnType<typeof watchStatus>,
  say: (message: object) => void,
): Promise<void> {
  let id: unknown;
  try {
    const command = JSON.parse(line) as Command;
    id = command.id;
    if (command.token !== token) throw new Error('the token is not the one of this run');
    switch (command.do) {
      case 'inject':
        await inForce.add(command.id, command.fault, command.forMs, () =>
          say({ say: 'over', id, reason: 'its time was over' }),
        );
        return say({ say: 'in-force', id });
      case 'heal':
        await inForce.heal(command.id);
        return say({ say: 'healed', id });
      case 'status':
        return say({ say: 'status', id, ...(await status(command.lookup)) });
      default:
        throw new Error(`expected inject, heal or status, got ${line.slice(0, 100)}`);
    }
  } catch (error) {
    say({ say: 'refused', id, reason: reason(error) });
  }
}
