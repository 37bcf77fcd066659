import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HarnessError } from '../../errors.ts';
import type { NodeFault } from '../../scenario/scenario.ts';
import type { Control, Injection } from './control.ts';
import type { Answer, StatusMessage } from './messages.ts';
import { Peer } from './peer.ts';

/** Filling a large heap and starting threads take their time on a busy machine. */
const answerWithinMs = 15_000;
/** The target is ready by then; its preload connects as it starts. */
const comeWithinMs = 5_000;
const pollMs = 20;

/** Listens on 127.0.0.1 for the preload, with a token of its own that nobody else knows. */
export async function openControl(): Promise<Control> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer();
  const connected = new Set<Peer>();
  const peers = new Map<number, Peer>();
  server.on('connection', (socket) => {
    const peer = new Peer(socket.setNoDelay(), token, {
      // A preload given twice comes twice; one of them is enough.
      onHello(hello) {
        if (hello.token !== token || peers.has(hello.pid)) return peer.destroy();
        peer.pid = hello.pid;
        peers.set(hello.pid, peer);
      },
    });
    connected.add(peer);
    void peer.gone.then(() => {
      connected.delete(peer);
      if (peers.get(peer.pid) === peer) peers.delete(peer.pid);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const present = (signal: AbortSignal) => atLeastOne(peers, comeWithinMs, signal);

  return {
    env: {
      ORDEAL_CONTROL: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      ORDEAL_CONTROL_TOKEN: token,
    },
    arrival: async (signal) => void (await present(signal)),
    pids: () => [...peers.keys()],
    async inject(fault, forMs, signal) {
      const all = await present(signal);
      const id = randomUUID();
      const injection = injectionOf(all, id);
      try {
        await Promise.all(all.map((it) => putIn(it, id, fault, forMs, signal)));
      } catch (error) {
        await injection.heal();
        throw error;
      }
      return injection;
    },
    async status(lookup, signal) {
      const command = { do: 'status', lookup };
      const asked = (await present(signal)).map((it) =>
        it.ask(randomUUID(), 'status', command, answerWithinMs, signal),
      );
      const answers = await Promise.all(asked);
      return answers.filter((it): it is StatusMessage => it?.say === 'status');
    },
    async [Symbol.asyncDispose]() {
      for (const peer of connected) peer.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function putIn(peer: Peer, id: string, fault: NodeFault, forMs: number, signal: AbortSignal) {
  const answer = await peer.ask(id, 'in-force', { do: 'inject', fault, forMs }, answerWithinMs, signal);
  if (answer?.say === 'in-force') return;
  throw new HarnessError(
    `The fault ${fault.kind} was not put into the target's process ${peer.pid}: ${whatCame(answer)}.`,
  );
}

function injectionOf(peers: readonly Peer[], id: string): Injection {
  let healing: Promise<void> | undefined;
  const heal = async () => {
    await Promise.all(
      peers.map(async (peer) => {
        const answer = await peer.ask(id, 'healed', { do: 'heal' }, answerWithinMs);
        if (answer && answer.say !== 'healed')
          throw new HarnessError(
            `A fault of the target's process ${peer.pid} was not healed: ${whatCame(answer)}.`,
          );
      }),
    );
  };
  return {
    heal: () => {
      healing ??= heal();
      return healing;
    },
  };
}

function whatCame(answer: Answer | undefined): string {
  if (!answer) return 'it went away';
  return answer.say === 'refused' ? `it refused: ${answer.reason}` : `it said ${answer.say}`;
}

/** Also later a process may be away for a moment: one that lost its connection comes again. */
async function atLeastOne(
  peers: ReadonlyMap<number, Peer>,
  withinMs: number,
  signal: AbortSignal,
): Promise<Peer[]> {
  for (const startedMs = performance.now(); peers.size === 0 && performance.now() < startedMs + withinMs; )
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  if (peers.size > 0) return [...peers.values()];
  throw new HarnessError(
    `No process of the target came to the control channel within ${withinMs} ms: expected its preload to connect. Is the target a Node program, and does it load the preload?`,
  );
}
