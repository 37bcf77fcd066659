import { createRequire } from 'node:module';

/** OpenTelemetry's API in its CommonJS form, which loads in half the time; all copies of it share what is registered. */
export const api: typeof import('@opentelemetry/api') = createRequire(import.meta.url)('@opentelemetry/api');
