import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { freePort } from '../../harness/stack/free-port.ts';
import { builtPreload } from '../testing/built-preload.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink, telemetryTo } from '../testing/sink.ts';
import { TlsFront, type TlsTrouble } from '../testing/tls-front.ts';
import { until } from '../testing/until.ts';
import { pageAt, settledAccounts } from './accounts.ts';
import { grownUp, UnderLoad } from './under-load.ts';

const preload = await builtPreload();
const mostAddedMb = 16;
const rounds = 2;

/** A way to a receiver that can be broken and mended. */
interface Way extends AsyncDisposable {
  readonly url: string;
  readonly env: Record<string, string>;
  /** Of Node. */
  readonly flags: string[];
  break(): Promise<void>;
  /** Whether it was tried since it is broken. */
  isTried(): boolean;
  mend(): Promise<void>;
}

const ways: [what: string, open: (sink: Sink, folder: string) => Promise<Way>][] = [
  ['a name that stops resolving', byName],
  ['TLS to a server that speaks none any more', byTls('no TLS')],
  ['TLS with a certificate that nobody knows', byTls('an unknown certificate')],
];

it.each(ways)('%s, on and off under load: no request fails, nothing is lost', async (_, open) => {
  await using sink = await Sink.start({ keepsBodies: false });
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'preload-way-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const way = stack.use(await open(sink, folder));
  const pagePort = await freePort();
  const env = { ...telemetryTo(way.url), ...way.env, ...pageAt(pagePort) };
  const flags = [...way.flags, ...grownUp];
  await using service = await new FixtureService('small.cjs', { preload, env, flags }).listening();
  const load = new UnderLoad(service);
  const numbers = () => sink.lines.map(({ fields }) => Number(fields.at));
  const arrived = () => new Set(numbers()).size;
  await load.warmUp();
  for (let round = 0; round < rounds; round++) {
    await until('every line', () => arrived() === load.sent, 30_000);
    await way.break();
    const first = load.sent;
    await load.round();
    expect(load.addedMb).toBeLessThan(mostAddedMb);
    expect(numbers().filter((number) => number >= first)).toEqual([]);
    await until('somebody to try it', () => way.isTried());
    await way.mend();
    await load.round();
  }
  const { accounts } = await settledAccounts(pagePort, sink);
  const all = { produced: load.sent, delivered: load.sent, dropped: 0 };
  expect(accounts).toMatchObject({ traces: all, logs: all, metrics: { dropped: 0 } });
  expect(arrived()).toBe(load.sent);
  expect(new Set(sink.spans.map(({ spanId }) => spanId)).size).toBe(load.sent);
  const { stderr, signal } = await service.stop('SIGTERM');
  expect(signal).toBe('SIGTERM');
  const lines = stderr.split('\n').filter(Boolean);
  expect(lines.filter((line) => !line.startsWith('@ordeal/preload: '))).toEqual([]);
  const troubles = lines.flatMap((line) => /: (\S+) .*cannot be delivered/.exec(line)?.[1] ?? []);
  expect(troubles).not.toEqual([]);
  expect(troubles, 'each told once').toEqual([...new Set(troubles)]);
});

async function byName(sink: Sink, folder: string): Promise<Way> {
  const file = join(folder, 'names-are-unknown');
  const port = Number(new URL(sink.url).port);
  return {
    url: `http://localhost:${port}`,
    env: { NAMES_UNKNOWN_FILE: file },
    flags: ['--require', fileURLToPath(new URL('../fixtures/names.cjs', import.meta.url))],
    async break() {
      // Who has looked the name up already finds nobody, and has to look again.
      await sink.turn('refuse');
      writeFileSync(file, '');
      await sink.turn('healthy');
    },
    isTried: () => statSync(file).size > 0,
    mend: async () => rmSync(file),
    [Symbol.asyncDispose]: async () => {},
  };
}

function byTls(trouble: TlsTrouble): (sink: Sink, folder: string) => Promise<Way> {
  return async (sink, folder) => {
    const front = await TlsFront.start(Number(new URL(sink.url).port));
    const file = join(folder, 'certificate.pem');
    writeFileSync(file, front.certificate.cert);
    return {
      url: front.url,
      env: { NODE_EXTRA_CA_CERTS: file },
      flags: [],
      break: async () => front.turn(trouble),
      isTried: () => front.troubled > 0,
      mend: async () => front.turn(undefined),
      [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
    };
  };
}
