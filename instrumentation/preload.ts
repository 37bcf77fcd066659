import { isMainThread } from 'node:worker_threads';
import { BreakerWatch } from './breakers.ts';
import { Clock } from './clock.ts';
import { complain, reason } from './complain.ts';
import { createInstrumentations } from './instrumentations.ts';
import { flushAtEnd } from './last-flush.ts';
import { LokiPusher } from './loki.ts';
import { hookModules } from './module-hooks.ts';
import { tooOld } from './node-version.ts';
import { loadPackages } from './packages.ts';
import { PinoLines } from './pino-lines.ts';
import { Requests } from './request-identity.ts';
import { watchRoutes } from './routes.ts';
import { readSettings } from './settings.ts';
import { flushTelemetry, startTelemetry } from './telemetry.ts';
import { transitionLine } from './transition-line.ts';

/**
 * `node --import @ordeal/preload server.js`: watches a service that knows nothing of it.
 *
 *  1. Settings, from the environment.
 *  2. OpenTelemetry is loaded, before the service loads anything.
 *  3. Log lines: where they go, what is added to them.
 *  4. Breakers: a transition becomes a log line at that moment.
 *  5. Libraries are patched, the SDK starts, ESM gets to see the patches.
 *  6. Routes, breaker metrics.
 *  7. What is left is sent when the process ends, which it does as it would have.
 */
async function watch(host: NodeJS.Process): Promise<void> {
  const settings = readSettings(host.env, host.argv[1]);
  for (const problem of settings.problems) complain(problem);
  if (settings.disabled) return;

  const packages = loadPackages(settings.encoding);
  const requests = new Requests(packages);

  const clock = new Clock();
  const origin = { service: settings.service, version: settings.version };
  const loki = settings.lokiPushUrl && new LokiPusher(settings.lokiPushUrl, settings.service);
  const lines = new PinoLines(origin, () => requests.current());

  const breakers = new BreakerWatch((transition) => loki?.add(transitionLine(transition, origin, clock)));

  const instrumentations = createInstrumentations(packages, { requests, lines, breakers });
  startTelemetry(packages, settings, instrumentations, requests.propagator);
  await hookModules();

  watchRoutes(packages);
  lines.keepBindings();
  if (loki) lines.ship(clock, (line) => loki.add(line));
  breakers.report(packages.api.metrics.getMeter('@ordeal/preload'));

  flushAtEnd(host, () => Promise.all([flushTelemetry(packages), loki?.flush()]));
}

// Worker threads inherit --import; what they do is theirs.
if (isMainThread) {
  const unfit = tooOld(process.versions.node);
  if (unfit) complain(unfit);
  else
    await watch(process).catch((error) =>
      complain(`could not start, the service runs without it: ${reason(error)}`),
    );
}
