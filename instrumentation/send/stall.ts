import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { net } from '../builtins.ts';
import { afterReading } from './clock.ts';

/** What is written at once: how far it got is only known in between. */
const pieceBytes = 32_768;

/**
 * Writes `body`, and ends `to` when the other side takes none of it for `stallMs`: a connection that is being made and a
 * write that is not done keep the process alive, whatever the socket says, where waiting for an answer does not. A lookup
 * does, too, but goes on whoever gives up.
 */
export function writeOrStall(to: ClientRequest, body: Buffer, stallMs: number): void {
  const stalled = () => to.destroy(new Error(`nothing could be written for ${stallMs} ms`));
  let callOff = afterReading(stallMs, stalled);
  const rest = () => callOff();
  const watch = () => {
    callOff();
    callOff = afterReading(stallMs, stalled);
  };
  const writeFrom = (start: number): void => {
    const end = start + pieceBytes;
    if (end >= body.length) to.end(body.subarray(start));
    else
      to.write(body.subarray(start, end), (error) => {
        if (error || to.destroyed) return;
        watch();
        writeFrom(end);
      });
  };
  to.once('socket', (socket: Socket & { encrypted?: boolean }) => {
    if (!socket.connecting) return;
    // A name that is looked up may wait for others and for slow servers: it has limits of its own (lookup.ts).
    if (!net.isIP(to.host)) rest();
    socket.once('lookup', watch);
    // A handshake waits for answers.
    if (socket.encrypted) socket.once('connect', rest).once('secureConnect', watch);
    else socket.once('connect', watch);
  });
  to.once('finish', rest).once('close', rest);
  writeFrom(0);
}
