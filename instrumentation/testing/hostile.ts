import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a receiver may do to its senders, besides refusing connections, which `Sink.turn('refuse')` does. */
export type Mistreat = (request: IncomingMessage, response: ServerResponse) => void;

const chunk = Buffer.alloc(65_536, 'x');
/** Stands for 400 MB: a sender that reads this much of an answer would read those too. */
const hugeBytes = 48 * 1024 * 1024;
const slowStepMs = 200;

const mistreatments = {
  'black hole': () => {},
  500: answer(500),
  503: answer(503),
  429: answer(429),
  'Retry-After: 1000000': answer(429, { 'retry-after': '1000000' }),
  garbage: ({ socket }) => {
    socket.end('\x00\x01 not HTTP at all \xff\r\n\r\n', 'latin1');
  },
  'a huge answer': whenRead((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': hugeBytes });
    pour(response, hugeBytes);
  }),
  'an endless answer': (request, response) => {
    request.resume();
    response.writeHead(500, { 'content-type': 'text/plain' });
    pour(response, Number.POSITIVE_INFINITY);
  },
  'a slow answer': whenRead((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => response.write(' '), slowStepMs).unref();
    response.on('close', () => clearInterval(drip));
  }),
  'reset in the middle': (request) => {
    request.once('data', () => request.socket.resetAndDestroy());
  },
  'reset while answering': whenRead((request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('half', () => request.socket.resetAndDestroy());
  }),
  // A fatal alert "handshake_failure": https://www.rfc-editor.org/rfc/rfc8446#section-6
  'a TLS alert': ({ socket }) => {
    socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]));
  },
} satisfies Record<string, Mistreat>;

export type HostileMode = `${keyof typeof mistreatments}` | 'refuse';

export const hostileModes = ['refuse', ...Object.keys(mistreatments)] as HostileMode[];

/** Addresses that are hostile by themselves. `plain` is the `host:port` of a server that speaks no TLS. */
export const hostileAddresses: Readonly<Record<string, (plain: string) => string>> = {
  'a name that does not resolve': () => 'http://no-such-host.invalid:4318',
  'TLS to a server that speaks none': (plain) => `https://${plain}`,
};

/** @throws Error for `refuse`, which happens before there is a request. */
export function mistreatment(mode: HostileMode): Mistreat {
  if (mode === 'refuse') throw new Error('refused connections have no requests');
  return mistreatments[mode];
}

function answer(status: number, headers: Record<string, string> = {}): Mistreat {
  return whenRead((_, response) => response.writeHead(status, headers).end('no'));
}

/** Whoever says 200 has what was sent. */
function whenRead(mistreat: Mistreat): Mistreat {
  return (request, response) => {
    request.resume().once('end', () => mistreat(request, response));
  };
}

/** As fast as the other side reads. */
function pour(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (!response.write(chunk.subarray(0, Math.min(chunk.length, left + chunk.length)))) return;
    }
    response.end();
  };
  response.on('drain', more).on('error', () => {});
  more();
}
