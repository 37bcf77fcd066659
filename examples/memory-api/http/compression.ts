import compress from '@fastify/compress';
import type { FastifyPluginAsync, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { ValidationError } from '../errors.ts';

export interface CompressionOptions {
  /** Smaller answers are sent as they are. */
  thresholdBytes?: number;
}

/**
 * Of a page of 20 memories (6.5 KB) gzip of level 4 makes 1.8 KB in half the processor time that Brotli of quality 4
 * takes to make it 2 % smaller, so Brotli is not offered; level 6 makes it 1 % smaller, in half as much time again.
 */
const gzipLevel = 4;
const compressible = /^text\/(?!event-stream)|[/+]json(?:;|$)/;

const compressAnswers: FastifyPluginAsync<CompressionOptions> = async (app, { thresholdBytes = 1024 }) => {
  app.addHook('onRequest', async ({ headers }) => {
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw encoded();
  });

  // Also what is not compressed would have been for another client: a shared cache has to know (RFC 9110, 12.5.5).
  app.addHook('onSend', async (_request, reply, payload) => {
    const isLarge = typeof payload === 'string' && Buffer.byteLength(payload) >= thresholdBytes;
    if (isLarge && !reply.hasHeader('vary')) reply.header('vary', 'accept-encoding');
  });

  await app.register(compress, {
    threshold: thresholdBytes,
    encodings: ['gzip'],
    zlibOptions: { level: gzipLevel },
    customTypes: (type) => compressible.test(type),
    globalDecompression: false,
  });
  app.addHook('onRoute', compressBeforeMeasuring);
};

/**
 * Compresses text and JSON with gzip for clients that take it. What is encoded already, has no body or is a part of
 * something (206) is left alone. Bodies of requests are taken as they are alone, and refused with 415 otherwise: a
 * small one could become very large.
 */
export const compression = fp(compressAnswers, { name: 'compression' });

/**
 * Fastify answers HEAD by dropping the body of GET and stating its length, in an `onSend` of the route; it would come
 * before the one that compresses, and the length would not be that of GET (RFC 9110, 8.6).
 */
function compressBeforeMeasuring(route: RouteOptions): void {
  if (route.method !== 'HEAD' || !Array.isArray(route.onSend)) return;
  const [measure, compressed] = route.onSend.slice(-2);
  if (compressed) route.onSend = [...route.onSend.slice(0, -2), compressed, measure!];
}

function encoded(): ValidationError {
  const problem = 'expected a body without Content-Encoding';
  return new ValidationError([{ field: 'headers.content-encoding', problem }], {
    code: 'UNSUPPORTED_CONTENT_ENCODING',
    status: 415,
  });
}
