import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

/** Connections that never keep the process alive, not even while a request waits for its answer. */
export function idleAgent(protocol: string): http.Agent {
  const Base = protocol === 'https:' ? https.Agent : http.Agent;
  return new (class extends Base {
    override createConnection(...args: Parameters<http.Agent['createConnection']>) {
      return unref(super.createConnection(...args));
    }

    override reuseSocket(socket: Duplex, request: http.ClientRequest): void {
      super.reuseSocket(socket, request);
      unref(socket);
    }
  })({ keepAlive: true, maxSockets: 4 });
}

function unref<S extends Duplex | null | undefined>(socket: S): S {
  if (socket && 'unref' in socket && typeof socket.unref === 'function') socket.unref();
  return socket;
}
