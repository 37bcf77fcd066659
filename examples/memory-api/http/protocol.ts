import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { ValidationError } from '../errors.ts';

const followProtocol: FastifyPluginAsync = async (app) => {
  // Without this, Node answers by itself, and without a body.
  app.server.on('checkExpectation', app.routing);

  app.addHook('onRequest', async ({ headers, raw }) => {
    if (raw.httpVersion === '1.1' && headers.host === undefined)
      throw refused('host', 'expected this header, there is none', { code: 'HOST_MISSING', status: 400 });
    if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
      throw refused('expect', 'expected 100-continue or nothing', {
        code: 'EXPECTATION_FAILED',
        status: 417,
      });
  });
};

/**
 * What Node would refuse with an empty answer is refused like everything else: HTTP/1.1 without `Host` (RFC 9112, 3.2)
 * and expectations that nobody knows (RFC 9110, 10.1.1). The server is made with `requireHostHeader: false`.
 *
 * Throws ValidationError.
 */
export const protocol = fp(followProtocol, { name: 'protocol' });

function refused(header: string, problem: string, as: { code: string; status: number }): ValidationError {
  return new ValidationError([{ field: `headers.${header}`, problem }], as);
}
