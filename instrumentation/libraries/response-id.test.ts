import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResponseIds } from './response-id.ts';

type Answering = (response: ServerResponse) => void;

const ids = new ResponseIds();
let answering: Answering;
let thrown: unknown;
const server = createServer((_, response) => {
  ids.put(response, 'id-1');
  try {
    answering(response);
  } catch (error) {
    thrown = error;
  }
  if (!response.writableEnded) response.end();
});
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => void server.close());

async function ask(how: Answering): Promise<IncomingMessage> {
  answering = how;
  thrown = undefined;
  const { port } = server.address() as AddressInfo;
  const [response] = await once(get({ port, host: '127.0.0.1', agent: false }), 'response');
  response.resume();
  await once(response, 'end');
  return response;
}

describe('an answer gets its request id', () => {
  it.each<[string, Answering, string | undefined]>([
    ['end', (response) => response.end('text'), undefined],
    ['writeHead', (response) => response.writeHead(200), undefined],
    ['a message', (response) => response.writeHead(200, 'Fine'), undefined],
    ['an object', (response) => response.writeHead(200, { 'x-own': 'own' }), 'own'],
    ['a message and an object', (response) => response.writeHead(200, 'Fine', { 'x-own': 'own' }), 'own'],
    ['nothing and an object', (response) => response.writeHead(200, undefined, { 'x-own': 'own' }), 'own'],
    ['null', (response) => response.writeHead(200, null as never), undefined],
    ['a flat list', (response) => response.writeHead(200, ['x-own', 'own']), 'own'],
    ['an empty list', (response) => response.writeHead(200, []), undefined],
    ['pairs', (response) => response.writeHead(200, [['x-own', 'own']] as never), 'own'],
    ['setHeader', (response) => response.setHeader('x-own', 'own').end(), 'own'],
    [
      'setHeader, then an object',
      (response) => response.setHeader('x-own', 'one').writeHead(200, { 'x-own': 'own' }),
      'own',
    ],
    [
      'setHeader, then a list',
      (response) => response.setHeader('x-other', '1').writeHead(200, ['x-own', 'own']),
      'own',
    ],
    ['flushHeaders', (response) => response.flushHeaders(), undefined],
  ])('%s', async (_, how, own) => {
    const { headers } = await ask(how);
    expect(thrown).toBeUndefined();
    expect(headers['x-request-id']).toBe('id-1');
    expect(headers['x-own']).toBe(own);
  });

  it.each<[string, Answering]>([
    ['setHeader', (response) => response.setHeader('x-request-id', 'own')],
    ['an object', (response) => response.writeHead(200, { 'X-REQUEST-ID': 'own' })],
    ['a flat list', (response) => response.writeHead(200, ['X-Request-Id', 'own'])],
    ['pairs', (response) => response.writeHead(200, [['X-Request-Id', 'own']] as never)],
    [
      'setHeader, then an object',
      (response) => response.setHeader('x-other', '1').writeHead(200, { 'x-request-id': 'own' }),
    ],
    [
      'setHeader, then a list without it',
      (response) => response.setHeader('x-request-id', 'own').writeHead(200, ['x-other', '1']),
    ],
  ])('unless the service gives one: %s', async (_, how) => {
    const { headers, rawHeaders } = await ask(how);
    expect(headers['x-request-id']).toBe('own');
    expect(rawHeaders.filter((name) => name.toLowerCase() === 'x-request-id')).toHaveLength(1);
  });
});

it('what Node refuses is refused, and the answer after it has the id', async () => {
  const refused = await ask((response) => response.writeHead(200, { 'x-bad': 'a\nb' }));
  expect(thrown).toMatchObject({ code: 'ERR_INVALID_CHAR' });
  expect(refused.headers['x-request-id']).toBe('id-1');
  await ask((response) => response.end().writeHead(500));
  expect(thrown).toMatchObject({ code: 'ERR_HTTP_HEADERS_SENT' });
});

it('an object that the service hands over is not written to', async () => {
  const own = Object.freeze({ 'x-own': 'own' });
  await ask((response) => response.writeHead(200, own));
  expect(thrown).toBeUndefined();
});
