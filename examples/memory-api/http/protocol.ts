import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { ValidationError } from '../errors.ts';

const followProtocol: FastifyPluginAsync = async (app) => {
  // Without this, Node answers by itself, and without a body.
  app.server.on('checkExpectation', app.routing);

  app.addHook('onRequest', async ({ headers, raw }) => {
    if (raw.httpVersion === '1.1' && headers.host === undefined)
      throw refused('HOST_MISSING', 400, 'headers.host', 'expected the header Host, there is none');
    if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
      throw refused('EXPECTATION_FAILED', 417, 'headers.expect', 'expected 100-continue or nothing');
  });
};

/**
 * What Node would refuse with an empty answer is refused like everything else: HTTP/1.1 without `Host` (RFC 9112, 3.2)
 * and expectations that nobody knows (RFC 9110, 10.1.1). The server is made with `requireHostHeader: false`.
 *
 * Throws ValidationError.
 */
export const protocol = fp(followProtocol, { name: 'protocol' });

function refused(code: string, status: number, field: string, problem: string): ValidationError {
  return new ValidationError([{ field, problem }], { code, status });
}
