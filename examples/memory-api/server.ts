import { pino } from 'pino';
import { buildApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { createLogDestination } from './logs/destination.ts';

/** EX_CONFIG of sysexits.h. */
const exitCodeOfBadConfig = 78;

async function main(): Promise<void> {
  const config = readConfig();
  const destination = await createLogDestination({
    files: config.logFiles,
    stdout: pino.destination(1),
    warn: (err, what) => createLogger('warn').warn({ err }, what),
  });
  const log = createLogger(config.logLevel, destination);
  const app = buildApp(config, log);
  const listening = app.listen({ host: config.host, port: config.port });
  // At once: it waits for what it needs before it listens, and may be stopped meanwhile.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  await listening;

  /**
   * A start is finished first, which takes seconds: whether it listens before it is closed is not left to chance.
   * Nothing new is accepted, what is in flight is finished, connections are closed; then nothing is left to do and
   * Node exits with 0. The same signal again ends the process at once.
   */
  function stop(signal: NodeJS.Signals): void {
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error({ timeout_ms: config.shutdownTimeoutMs }, 'stopping took too long');
      process.exit(1);
    }, config.shutdownTimeoutMs).unref();
    listening
      .then(() => app.close())
      .then(
        () => log.info('stopped'),
        (err) => {
          log.error({ err }, 'stopping failed');
          process.exitCode = 1;
        },
      );
  }
}

try {
  await main();
} catch (err) {
  const isConfig = err instanceof ConfigError;
  createLogger('info').fatal({ err }, isConfig ? err.message : 'the service could not start');
  process.exit(isConfig ? exitCodeOfBadConfig : 1);
}
