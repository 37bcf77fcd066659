import { isUtf8 } from 'node:buffer';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ValidationError } from '../errors.ts';
import { storableProblems } from './validators.ts';

const readJson: FastifyPluginAsync = async (app) => {
  // What would be a prototype is refused below, by a message that says so.
  const parse = app.getDefaultJsonParser('ignore', 'ignore');

  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    if (!isUtf8(bytes)) return done(notUtf8());
    return parse(request, bytes.toString('utf8'), done);
  });

  app.addHook('preValidation', async (request: FastifyRequest) => {
    const { params, query, body } = request;
    const problems = [
      ...storableProblems('params', params),
      ...storableProblems('querystring', query),
      ...storableProblems('body', body),
    ];
    if (problems.length > 0) throw new ValidationError(problems);
  });
};

/**
 * Bodies are JSON in UTF-8 and nothing else; without this, broken bytes would be stored as question marks. Texts and
 * numbers that PostgreSQL cannot hold are refused wherever they stand in a request, before anything is done.
 *
 * Throws ValidationError.
 */
export const jsonBody = fp(readJson, { name: 'json-body' });

function notUtf8(): ValidationError {
  return new ValidationError(
    [{ field: 'body', problem: 'expected UTF-8 (RFC 8259, 8.1), got other bytes' }],
    {
      code: 'BODY_NOT_UTF8',
    },
  );
}
