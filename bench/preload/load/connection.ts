import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Called with the status of an answer, or 0 when the connection ended instead. */
type OnAnswer = (status: number) => void;

/** One connection that is kept alive, with at most one request at a time. Answers have to have a content-length. */
export class Connection {
  readonly #port: number;
  #socket: Socket | undefined;
  #received = '';
  #onAnswer: OnAnswer | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  async open(): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    await once(socket, 'connect');
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
      this.#answer(0);
    });
    this.#socket = socket;
  }

  /** Opens the connection again first if the service closed it. */
  get(path: string, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    if (this.#socket) this.#write(path);
    else
      this.open().then(
        () => this.#write(path),
        () => this.#answer(0),
      );
  }

  close(): void {
    this.#socket?.destroy();
  }

  #write(path: string): void {
    this.#socket?.write(`GET ${path} HTTP/1.1\r\nHost: memories\r\n\r\n`);
  }

  #receive(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const bodyBytes = Number(/content-length: *(\d+)/i.exec(this.#received)?.[1]);
    if (this.#received.length < headEnd + 4 + bodyBytes) return;
    const status = Number(this.#received.slice(9, 12));
    this.#received = '';
    this.#answer(status);
  }

  #answer(status: number): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    onAnswer?.(status);
  }
}
