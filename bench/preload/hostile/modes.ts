import { pour } from '../../../instrumentation/send/testing/sink.ts';
import { type Mistreat, mistreatment } from '../../../instrumentation/testing/hostile.ts';

/** How the receiver behaves while a mode is on; `refused` means that nobody listens. */
export type Behaviour =
  | { readonly kind: 'refused' }
  /** `doubtful`: the answer begins with 200, so that the sender may take what it sent for delivered. */
  | { readonly kind: 'mistreats'; readonly mistreat: Mistreat; readonly doubtful: boolean };

const hugeBytes = 400 * 1024 * 1024;

export const modes = {
  refused: { kind: 'refused' },
  'black hole': mistreats(mistreatment('black hole')),
  '500': mistreats(mistreatment('500')),
  '503': mistreats(mistreatment('503')),
  '429': mistreats(mistreatment('429')),
  'Retry-After 1000000': mistreats(mistreatment('Retry-After: 1000000')),
  garbage: mistreats(mistreatment('garbage')),
  'answer of 400 MB': mistreats(huge, true),
  'endless answer': mistreats(mistreatment('an endless answer')),
  'slow answer': mistreats(mistreatment('a slow answer'), true),
  'reset in the middle': mistreats(mistreatment('reset in the middle')),
  'reset while answering': mistreats(mistreatment('reset while answering'), true),
  'TLS alert': mistreats(mistreatment('a TLS alert')),
} satisfies Record<string, Behaviour>;

export type Mode = keyof typeof modes;

/** Addresses that cannot be switched on and off: a service keeps to its own from start to end. */
export const addresses: Readonly<Record<string, (plainUrl: string) => string>> = {
  'name that does not resolve': () => 'http://no-such-host.invalid:4318',
  'TLS to a server that speaks none': (plainUrl) => plainUrl.replace('http:', 'https:'),
};

function mistreats(mistreat: Mistreat, doubtful = false): Behaviour {
  return { kind: 'mistreats', mistreat, doubtful };
}

function huge(...[request, response]: Parameters<Mistreat>): void {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': hugeBytes });
    pour(response, hugeBytes);
  });
}
