import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { type Certificate, selfSigned } from './certificate.ts';

export type TlsTrouble = 'no TLS' | 'an unknown certificate';

/** Takes TLS connections for a receiver that speaks none itself, and may fail to. */
export class TlsFront implements AsyncDisposable {
  /** The one to be trusted. */
  readonly certificate = selfSigned();
  /** Connections that were taken since there is trouble. */
  troubled = 0;
  readonly #unknown = selfSigned();
  readonly #behind: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#take(socket));
  #trouble: TlsTrouble | undefined;

  private constructor(behind: number) {
    this.#behind = behind;
  }

  /** `behind`: the port of the receiver. */
  static async start(behind: number): Promise<TlsFront> {
    const front = new TlsFront(behind);
    await once(front.#server.listen(0, '127.0.0.1'), 'listening');
    return front;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From the next connection on; those that there are are cut. */
  turn(trouble: TlsTrouble | undefined): void {
    this.#trouble = trouble;
    this.troubled = 0;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.turn(undefined);
    await closed;
  }

  #take(socket: Socket): void {
    if (this.#trouble) this.troubled++;
    const behind = connect(this.#behind, '127.0.0.1');
    for (const one of [socket, behind]) {
      this.#sockets.add(one);
      one.on('error', () => {}).on('close', () => this.#sockets.delete(one));
    }
    const plain = this.#trouble === 'no TLS' ? socket : this.#secured(socket);
    join(plain, behind);
    join(behind, plain);
  }

  #secured(socket: Socket): TLSSocket {
    const { cert, key }: Certificate = this.#trouble ? this.#unknown : this.certificate;
    return new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ cert, key }) });
  }
}

/** What ends one ends the other. */
function join(from: Duplex, to: Duplex): void {
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
  from.pipe(to);
}
