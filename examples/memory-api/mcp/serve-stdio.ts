import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Logger } from 'pino';
import { atMostEvery } from '../logger.ts';
import { Calls } from './calls.ts';
import { createMemoryServer } from './memory-server.ts';
import type { Caller, MemoryOperations } from './operations.ts';

/** More than the largest message that makes sense; a longer line ends the connection. */
const largestMessageBytes = 1024 * 1024;
const warningIntervalMs = 10_000;
const defaultCallTimeoutMs = 10_000;

export interface StdioOptions {
  operations: MemoryOperations;
  caller: Caller;
  log: Logger;
  /** After this a call is answered with DEADLINE_EXCEEDED, done or not; default 10,000. */
  callTimeoutMs?: number;
  /** Ends the connection from this side. */
  signal: AbortSignal;
  /** The connection is closed; calls may still be running. */
  onClosed(): void;
}

/**
 * Serves the tools over stdin and stdout until either is closed, or `signal` is aborted. Calls that are running
 * then are finished, though nobody hears the answer.
 */
export async function serveOverStdio(options: StdioOptions): Promise<void> {
  const { operations, caller, log, signal, callTimeoutMs = defaultCallTimeoutMs } = options;
  const calls = new Calls();
  const transport = new Transport(process.stdin, process.stdout, { maxBufferSize: largestMessageBytes });
  const warn = atMostEvery(warningIntervalMs, (fields, message) => log.warn(fields, message));
  const server = { operations, caller, log, calls, callTimeoutMs };
  const connection = serveStdio(() => createMemoryServer(server), {
    transport,
    maxSubscriptions: 0,
    onerror: (err) => warn({ err }, 'an MCP message was refused'),
  });
  signal.addEventListener('abort', () => void connection.close(), { once: true });
  if (signal.aborted) void connection.close();
  await transport.closed;
  options.onClosed();
  await calls.settled();
}

/** Tells when it is closed, by whomever. */
class Transport extends StdioServerTransport {
  readonly #closed = Promise.withResolvers<void>();

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#closed.resolve();
  }
}
