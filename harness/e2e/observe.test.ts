import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { needs } from '../setup/fixtures/parts.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { Desk } from './ordeal.ts';
import { addressOf, ask, type Streams, startUp, type Traces, type Vector } from './running-up.ts';
import { shop } from './shop.ts';

const gate = await needs('prometheus', 'loki', 'jaeger', 'k6', 'postgres', 'redis');
const soon = { timeout: 20_000, interval: 250 };

describe.runIf(gate.runs)(gate.titled('ordeal run --observe'), () => {
  it('tells the stack that runs what the target says, and what became of it', async () => {
    using desk = new Desk();
    await using stack = await startUp(desk, '--only', 'prometheus,loki,jaeger');
    const [prometheus, loki, jaeger] = ['Prometheus', 'Loki', 'Jaeger'].map((name) => addressOf(stack, name));
    desk.scenario(shop());
    const args = ['run', 'shop', '--observe', '--stack', 'local', '--seed', '5'];
    const { output } = await desk.run(args, { TMPDIR: desk.folder });

    const folder = desk.lastRun('shop')!;
    const lines = (query: string) =>
      ask<Streams>(`${loki}/loki/api/v1/query_range?limit=1000&query=${encodeURIComponent(query)}`);
    const told = (await lines('{service_name="ordeal"}')).data.result
      .flatMap(({ values }) => values)
      .sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1))
      .map(([, line]) => JSON.parse(line) as Record<string, string | number>);
    const { judgements, exitCode } = (await verdictIn(folder)) as Verdict;
    expect(told.map(({ event, phase, fault }) => [event, phase ?? fault].filter(Boolean).join(' '))).toEqual([
      'run_started',
      'phase_started warmup',
      'phase_started baseline',
      'phase_started fault',
      'fault_injected refuse',
      'fault_healed refuse',
      'phase_started recovery',
      ...judgements.map(({ phase }) => `judgement ${phase}`),
      'run_ended',
    ]);
    const run = `shop/${folder.split('/').at(-1)}`;
    for (const line of told) expect(line).toMatchObject({ service: 'ordeal', scenario: 'shop', run });
    expect(told.at(-1)).toMatchObject({ exit_code: exitCode, ending: 'completed' });

    const [, shown] = new RegExp(`^ {2}trace {3}${jaeger}/trace/([0-9a-f]{32})$`, 'm').exec(output)!;
    const trace = await vi.waitFor(() => ask<Traces>(`${jaeger}/api/traces/${shown}`), soon);
    expect(trace.data[0]!.spans.length).toBeGreaterThan(1);

    const counted = encodeURIComponent('sum(max_over_time(http_requests_total{job="shop"}[5m]))');
    const requests = await ask<Vector>(`${prometheus}/api/v1/query?query=${counted}`);
    expect(Number(requests.data.result[0]?.value[1])).toBeGreaterThan(100);
    // The target is gone, and nobody is told that it is down.
    const up = readdirSync(desk.folder).filter((name) => name.startsWith('ordeal-prometheus-'));
    expect(readdirSync(join(desk.folder, up[0]!, 'targets', 'runs'))).toEqual([]);
  });
});

async function verdictIn(folder: string): Promise<unknown> {
  return (await import(join(folder, 'verdict.json'), { with: { type: 'json' } })).default;
}
