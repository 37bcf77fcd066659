import type { AddressInfo } from 'node:net';
import { buildServer, type Log } from './app.ts';
import { readSettings, SettingsError } from './settings.ts';

/** EX_CONFIG of sysexits.h. */
const exitCodeOfBadSettings = 78;

const log: Log = (level, message, fields = {}) => {
  const line = { level, timestamp: new Date().toISOString(), message, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

function main(): void {
  const settings = readSettings(process.env);
  const server = buildServer(settings, log);
  server.once('error', fail);
  server.listen(settings.port, settings.host, () => {
    const { address, port } = server.address() as AddressInfo;
    const host = address.includes(':') ? `[${address}]` : address;
    log('info', `listening at http://${host}:${port}`, { dimensions: settings.dimensions });
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);

  /** Nothing new is accepted and what is in flight is finished; then nothing is left to do and Node exits with 0. */
  function stop(signal: NodeJS.Signals): void {
    log('info', 'stopping', { signal });
    server.close(() => log('info', 'stopped'));
  }
}

function fail(error: unknown): void {
  const isSettings = error instanceof SettingsError;
  log('fatal', isSettings ? error.message : `the server could not start: ${error}`);
  process.exitCode = isSettings ? exitCodeOfBadSettings : 1;
}

try {
  main();
} catch (error) {
  fail(error);
}
