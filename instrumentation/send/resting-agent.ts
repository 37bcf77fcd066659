import type * as Http from 'node:http';
import type { Agent, AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';

/** What Node's agents have besides what their types tell. */
interface Inner {
  createConnection(options: unknown, callback: unknown): Resting | undefined;
  reuseSocket(socket: Resting, request: unknown): void;
}
type Resting = Duplex & { unref?(): void };

/** An agent whose connections do not keep the process alive: neither while they wait for an answer nor in between. */
export function restingAgent(http: Pick<typeof Http, 'Agent'>, options: AgentOptions): Agent {
  const agent = new http.Agent(options);
  const inner = agent as unknown as Inner;
  const create = inner.createConnection;
  const reuse = inner.reuseSocket;
  inner.createConnection = function (...asked) {
    const socket = create.apply(this, asked);
    socket?.unref?.();
    // With several addresses each try has a handle of its own, which holds the process again.
    socket?.once('connect', () => socket.unref?.());
    return socket;
  };
  // Which lets the socket hold the process again.
  inner.reuseSocket = function (socket, request) {
    reuse.call(this, socket, request);
    socket.unref?.();
  };
  return agent;
}
