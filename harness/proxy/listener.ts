import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HarnessError } from '../errors.ts';

/**
 * Ports of links lie below the range that Linux gives to outgoing connections (32768 to 60999): while a link is
 * refused its port is free, and no client of anybody's may sit on it when it is healed.
 */
const ports = { from: 20_000, to: 32_000 } as const;
const portsTried = 100;
/** How long a healed link tries to get its port back. */
const reopenMs = 2000;
const reopenEveryMs = 20;

export const linkHost = '127.0.0.1';

/** A port of a link, which can be closed and opened again. */
export class Listener {
  readonly #name: string;
  readonly #server;
  #port = 0;

  constructor(name: string, onSocket: (socket: Socket) => void) {
    this.#name = name;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, onSocket);
    // A connection that could not be accepted (EMFILE) is the target's to notice.
    this.#server.on('error', () => {});
  }

  get port(): number {
    return this.#port;
  }

  /** @throws HarnessError when none of the ports tried is free. */
  async openAnywhere(): Promise<void> {
    for (let tried = 0; tried < portsTried; tried++) {
      this.#port = randomInt(ports.from, ports.to);
      if ((await this.#listen()) === undefined) return;
    }
    throw new HarnessError(
      `link ${this.#name}: expected a free port among ${portsTried} tried between ${ports.from} and ${ports.to}, ` +
        'got none; see what listens there with `ss -ltn`',
    );
  }

  /** @throws HarnessError when another program has taken the port and keeps it. */
  async open(): Promise<void> {
    if (this.#server.listening) return;
    const deadlineMs = performance.now() + reopenMs;
    for (;;) {
      const code = await this.#listen();
      if (code === undefined) return;
      if (performance.now() > deadlineMs) {
        throw new HarnessError(
          `link ${this.#name}: expected to listen on port ${this.#port} again after it was refused, got ${code} ` +
            `for ${reopenMs} ms; another program took it (\`ss -ltnp\` shows which), so run the scenario again`,
        );
      }
      await sleep(reopenEveryMs);
    }
  }

  /** Connecting is refused from the moment of the call; resolves when the last connection is closed. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  /** @returns the code of what went wrong. */
  async #listen(): Promise<string | undefined> {
    try {
      const listening = once(this.#server, 'listening');
      this.#server.listen({ host: linkHost, port: this.#port, exclusive: true });
      await listening;
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    }
  }
}
