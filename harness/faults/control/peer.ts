import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HarnessError } from '../../errors.ts';
import { type Answer, type Message, messageSchema } from './messages.ts';

const longestLine = 64 * 1024;

export interface PeerEvents {
  onHello(hello: Extract<Message, { say: 'hello' }>): void;
}

/** One process at the other end. What it says that is not understood ends the connection. */
export class Peer {
  pid = 0;
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  readonly #token: string;
  readonly #asked = new Map<string, (answer: Answer) => void>();

  constructor(socket: Socket, token: string, { onHello }: PeerEvents) {
    this.#socket = socket.on('error', () => {});
    this.#token = token;
    this.gone = once(socket, 'close').then(() => {});
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      if (rest.length > longestLine) return socket.destroy();
      for (const line of lines) {
        const message = parse(line);
        if (!message) return socket.destroy();
        if (message.say === 'hello') onHello(message);
        else if (message.id !== undefined && message.say !== 'over') this.#asked.get(message.id)?.(message);
      }
    });
  }

  /**
   * Sends a command and waits for the answer, or for a refusal; undefined when the process went away instead.
   * @throws HarnessError when none of them comes within `withinMs`; the signal's reason when that comes first.
   */
  async ask<Say extends Answer['say']>(
    id: string,
    answer: Say,
    command: object,
    withinMs: number,
    signal?: AbortSignal,
  ): Promise<Extract<Answer, { say: Say | 'refused' }> | undefined> {
    type Expected = Extract<Answer, { say: Say | 'refused' }>;
    const answered = new Promise<Expected>((resolve) =>
      this.#asked.set(id, (it) => {
        if (it.say === answer || it.say === 'refused') resolve(it as Expected);
      }),
    );
    const done = new AbortController();
    const tooLate = sleep(withinMs, 'late' as const, {
      signal: signal ? AbortSignal.any([done.signal, signal]) : done.signal,
    }).catch(() => undefined);
    this.#socket.write(`${JSON.stringify({ id, token: this.#token, ...command })}\n`);
    try {
      const first = await Promise.race([answered, this.gone, tooLate]);
      signal?.throwIfAborted();
      if (first !== 'late') return first ?? undefined;
    } finally {
      done.abort();
      this.#asked.delete(id);
    }
    throw new HarnessError(
      `The target's process ${this.pid} did not answer on the control channel within ${withinMs} ms; expected an answer to ${JSON.stringify(command)}. Is its event loop blocked?`,
    );
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function parse(line: string): Message | undefined {
  try {
    return messageSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
