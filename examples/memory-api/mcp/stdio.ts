import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { ConfigError, readConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { openParts } from '../parts.ts';
import { userId } from './inputs.ts';
import type { Caller } from './operations.ts';
import { serveOverStdio } from './serve-stdio.ts';

/** EX_USAGE and EX_CONFIG of sysexits.h. */
const exitCodeOfBadUsage = 64;
const exitCodeOfBadConfig = 78;

/**
 * The process that an MCP client starts: `node mcp/stdio.ts [--user <id>]`, with the settings of the service.
 *
 * 1. connections, as the HTTP service has them,
 * 2. the tools over stdin and stdout, for the user that was named or for all,
 * 3. when stdin is closed: what runs is finished, connections are closed; then nothing is left to do and Node exits
 *    with 0.
 *
 * stdout belongs to the protocol; the log goes to stderr.
 */
async function main(): Promise<void> {
  const caller = readCaller();
  const config = readConfig();
  const log = logToStderr(config.logLevel);
  const parts = openParts(config, log);
  await parts.open();

  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  await serveOverStdio({
    operations: parts.memories,
    caller,
    log,
    callTimeoutMs: config.requestTimeoutMs,
    signal: stop.signal,
    onClosed: () => limit(config.shutdownTimeoutMs, log),
  });
  await parts.close();
  log.info('stopped');
}

/** The command line is wrong. */
class UsageError extends Error {
  override name = 'UsageError';
}

function readCaller(): Caller {
  const { user } = readOptions();
  if (user === undefined) return {};
  const parsed = userId.safeParse(user);
  if (parsed.success) return { userId: parsed.data };
  throw new UsageError(`--user: ${parsed.error.issues[0]!.message} (it is ${JSON.stringify(user)})`);
}

function readOptions() {
  try {
    return parseArgs({ options: { user: { type: 'string' } } }).values;
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function logToStderr(level: string): Logger {
  return createLogger(level, pino.destination({ fd: 2, sync: true }));
}

function limit(timeoutMs: number, log: Logger): void {
  setTimeout(() => {
    log.error({ timeout_ms: timeoutMs }, 'stopping took too long');
    process.exit(1);
  }, timeoutMs).unref();
}

/** Ends the process with what sysexits.h has for it. */
function fail(err: unknown): never {
  const told = err instanceof UsageError || err instanceof ConfigError;
  logToStderr('info').fatal({ err }, told ? err.message : 'the MCP server could not start');
  process.exit(err instanceof UsageError ? exitCodeOfBadUsage : told ? exitCodeOfBadConfig : 1);
}

await main().catch(fail);
