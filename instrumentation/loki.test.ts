import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { LokiPusher } from './loki.ts';

type Push = { streams: { stream: Record<string, string>; values: [string, string][] }[] };

/** A Loki that answers as `answer` says, and keeps what it was sent. */
async function loki(answer: (response: ServerResponse, count: number) => void) {
  const pushes: Push[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const server = createServer(async (request: IncomingMessage, response) => {
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    pushes.push((await json(request)) as Push);
    atOnce--;
    answer(response, pushes.length);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/loki/api/v1/push`);
  return {
    pushes,
    url,
    mostAtOnce: () => mostAtOnce,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const line = (text: string, level = 'info') => ({ atNs: `1795239000000${text.slice(0, 6)}`, level, text });

it('sends one stream per level, in order', async () => {
  await using server = await loki((response) => response.writeHead(204).end());
  const pusher = new LokiPusher(server.url, 'api');
  for (const given of [line('000001'), line('000002', 'warn'), line('000003')]) pusher.add(given);
  await pusher.flush();
  expect(server.pushes).toEqual([
    {
      streams: [
        {
          stream: { service_name: 'api', level: 'info' },
          values: [
            ['1795239000000000001', '000001'],
            ['1795239000000000003', '000003'],
          ],
        },
        { stream: { service_name: 'api', level: 'warn' }, values: [['1795239000000000002', '000002']] },
      ],
    },
  ]);
});

it.each([
  ['an error of its own is tried again', 503, 0, ['000001', '000001']],
  ['too many requests are tried again', 429, 0, ['000001', '000001']],
  ['a refusal is not, and counted', 400, 1, ['000001']],
])('%s', async (_, status, lost, sent) => {
  await using server = await loki((response, count) => response.writeHead(count > 1 ? 204 : status).end());
  const pusher = new LokiPusher(server.url, 'api');
  pusher.add(line('000001'));
  await pusher.flush();
  await pusher.flush();
  expect(server.pushes.map(({ streams }) => streams[0]?.values[0]?.[1])).toEqual(sent);
  expect(pusher.lost).toBe(lost);
});

it('reads no endless answer', async () => {
  await using server = await loki((response) => {
    response.writeHead(500);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      response.once('drain', more);
    };
    more();
  });
  const pusher = new LokiPusher(server.url, 'api');
  pusher.add(line('000001'));
  await pusher.flush();
  expect(server.pushes).toHaveLength(1);
});

it('keeps a bounded number of bytes, sends them in bounded pushes one after the other, counts the rest', async () => {
  await using server = await loki((response) => response.writeHead(204).end());
  const pusher = new LokiPusher(server.url, 'api');
  for (let count = 0; count < 20; count++) pusher.add(line('x'.repeat(500_000)));
  await pusher.flush();
  expect(pusher.lost).toBe(4);
  expect(server.pushes.map(({ streams }) => streams[0]?.values.length)).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  expect(server.mostAtOnce()).toBe(1);
});
