import { subscribe } from 'node:diagnostics_channel';
import { harmless } from './harmless.ts';
import type { Packages } from './packages.ts';

/**
 * Names server spans by route (`GET /memories/:id`) where the framework tells its own. The http instrumentation reads
 * the route from the context when the answer is out, for the span's name, its `http.route` and the duration metric.
 */
export function watchRoutes(packages: Packages): void {
  const setRoute = (route: unknown) => {
    const metadata = packages.core.getRPCMetadata(packages.api.context.active());
    if (metadata && typeof route === 'string') metadata.route = route;
  };
  const fastify = harmless('reading a Fastify route', (message) => {
    setRoute((message as { route?: { url?: unknown } }).route?.url);
  });
  const express = harmless('reading an Express route', (message) => {
    setRoute((message as { route?: unknown }).route);
  });
  subscribe('tracing:fastify.request.handler:start', fastify);
  subscribe('tracing:express.router.request:start', express);
}
