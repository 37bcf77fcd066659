import { complain } from './complain.ts';
import { Dispatch } from './dispatch.ts';
import { watchDomain } from './domain/watch-domain.ts';
import { flushAtEnd } from './end/last-flush.ts';
import { prepareTable, watchLibraries } from './hooks/watch-libraries.ts';
import { Breakers } from './libraries/breakers.ts';
import { cockatiel } from './libraries/cockatiel.ts';
import { express, router } from './libraries/express.ts';
import { fastify } from './libraries/fastify.ts';
import { hono } from './libraries/hono.ts';
import { httpClient } from './libraries/http-client.ts';
import { httpServer } from './libraries/http-server.ts';
import { ioredis } from './libraries/ioredis.ts';
import { opossum } from './libraries/opossum.ts';
import { loadOthers } from './libraries/others.ts';
import { pg, pgPool } from './libraries/pg.ts';
import { pino } from './libraries/pino.ts';
import { undici } from './libraries/undici.ts';
import type { Tools, Watcher } from './libraries/watcher.ts';
import { warnOfSlow } from './logs/slow.ts';
import { slowSpans } from './logs/slow-spans.ts';
import { createMask } from './mask/create-mask.ts';
import { limited } from './mask/limited.ts';
import { reportAccount } from './metrics/account.ts';
import { ownScope } from './metrics/catalogue.ts';
import { Registry } from './metrics/registry.ts';
import { watchRuntime } from './metrics/runtime.ts';
import { printSettings } from './settings/print-settings.ts';
import { readSettings } from './settings/read-settings.ts';
import { Clock } from './trace/clock.ts';
import { registerApi } from './trace/register-api.ts';
import { requestIn } from './trace/request.ts';
import { createSampler } from './trace/sampler.ts';
import { Tracing } from './trace/tracing.ts';
import { preloadVersion } from './version.ts';
import { describeProcess } from './wire/resource.ts';

/**
 * Watches the service that this process is about to load.
 *
 *  1. Settings, from the environment.
 *  2. Where what is recorded goes: everything passes the mask, onto the shelf, to the sender.
 *  3. What records: metrics, and spans, which are dispatched and looked at when they end.
 *  4. OpenTelemetry's API, for whoever uses it.
 *  5. Libraries, as soon as the service loads them; what Node tells; what the service tells on channels.
 *  6. The page of metrics, if it is wanted. The harness, if it started this service.
 *  7. What is left is sent when the process ends, which it does as it would have.
 */
export async function watch(host: NodeJS.Process): Promise<void> {
  const settings = readSettings(host.env, host.argv[1]);
  if (!settings.disabled) for (const problem of settings.problems) complain(problem);
  if (settings.print) printSettings(settings, complain);
  if (settings.disabled) return;

  const watchers = createWatchers();
  const table = prepareTable(watchers, { settings });
  const mask = limited(createMask(settings), settings.longestValue);
  const registry = new Registry({ exemplars: settings.exemplars, tell: complain });
  const clock = new Clock();
  const resource = describeProcess(settings, host);
  const dispatch = new Dispatch({ settings, resource, environment: host.env, clock, mask, registry });

  const metrics = registry.scope(ownScope, preloadVersion);
  const tracing = new Tracing({
    sampler: createSampler(settings.sampler),
    clock,
    mostAttributes: settings.mostAttributes,
    isRecording: settings.traces !== undefined,
    ended(span) {
      dispatch.span(span);
      warnIfSlow(span);
    },
  });

  registerApi(tracing, registry, complain);

  const current = () => requestIn(tracing.active());
  const tools: Tools = { settings, metrics, mask, current, lines: dispatch.lines, recorder: tracing };
  const warnIfSlow = slowSpans(warnOfSlow(tools));
  watchLibraries(watchers, tools, table, loadOthers(settings));
  watchDomain(tools);
  if (settings.metrics || settings.prometheus) {
    watchRuntime(metrics);
    reportAccount(metrics, (signal) => dispatch.counts(signal));
  }
  if (settings.consoleAsJson) {
    const { consoleAsJson } = await import('./logs/console.ts');
    consoleAsJson(console, tools);
  }

  if (settings.prometheus) {
    const { showMetrics } = await import('./metrics/show-metrics.ts');
    showMetrics(settings.prometheus, { registry, mask, resource });
  }
  if (settings.control) {
    const { connectControl } = await import('./faults/control.ts');
    connectControl(settings.control);
  }

  if (!dispatch.isWanted) return;
  dispatch.start();
  flushAtEnd(host, dispatch);
}

function createWatchers(): readonly Watcher[] {
  const breakers = new Breakers();
  return [
    httpServer,
    httpClient,
    undici,
    router,
    express,
    fastify,
    hono,
    pg,
    pgPool,
    ioredis,
    pino,
    cockatiel(breakers),
    opossum(breakers),
  ];
}
