import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { authorityFile } from '../testing/certificates.ts';
import { Sink } from '../testing/sink.ts';

/** Sends 100 lines when it ends, by the thread of the last try. */
const program = fileURLToPath(new URL('./testing/ends-at-once.ts', import.meta.url));

async function end(sink: Sink, env: Record<string, string>, flags: readonly string[] = []): Promise<unknown> {
  const args = [...flags, program, `${sink.url}/loki/api/v1/push`, 'exit'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return JSON.parse(await text(child.stdout));
}

describe('the thread of the last try trusts whom the service trusts', () => {
  /** What OpenSSL takes for the system's authorities on Linux; elsewhere they cannot be named. */
  const system = { SSL_CERT_FILE: authorityFile };
  const bySystem: [string, Record<string, string>, string[]?][] = [
    ['--use-system-ca', system, ['--use-system-ca']],
    ['--use-system-ca in NODE_OPTIONS', { ...system, NODE_OPTIONS: '--use-system-ca' }],
    ['NODE_USE_SYSTEM_CA', { ...system, NODE_USE_SYSTEM_CA: '1' }],
  ];

  it.each<[string, Record<string, string>, string[]?]>([
    ['NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: authorityFile }],
    ['NODE_TLS_REJECT_UNAUTHORIZED=0', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    ['--use-openssl-ca', system, ['--use-openssl-ca']],
    ...(process.platform === 'linux' ? bySystem : []),
  ])('by %s', async (_, env, flags) => {
    await using sink = await Sink.start({ tls: true });
    expect(await end(sink, env, flags)).toEqual({ produced: 100, delivered: 100, dropped: 0 });
    expect(sink.lines).toHaveLength(100);
  });

  it('and nobody else', async () => {
    await using sink = await Sink.start({ tls: true });
    expect(await end(sink, {})).toEqual({ produced: 100, delivered: 0, dropped: 0 });
    expect([sink.connections > 0, sink.lines]).toEqual([true, []]);
  });
});
