import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { needs } from '../harness/setup/fixtures/parts.ts';
import { startDependencies } from './testing/dependencies.ts';
import { FixtureService, until } from './testing/service.ts';
import { Sink } from './testing/sink.ts';

const name = 'fastify-esm';
const { runs, titled } = await needs('postgres', 'redis');
let dependencies: Awaited<ReturnType<typeof startDependencies>>;

beforeAll(async () => {
  dependencies = await startDependencies();
}, 60_000);
afterAll(() => dependencies?.[Symbol.asyncDispose]());

it.runIf(runs)(
  titled('tells of each transition when it happens, and of the state in each interval'),
  async () => {
    await using sink = await Sink.start();
    await using service = new FixtureService('fastify-esm.js', {
      env: { ...dependencies.env, ...sink.environment },
    });
    await service.listening();
    const call = async (outcome: string) => {
      const startMs = Date.now();
      const answer = await (await fetch(`${service.url}/breaker/${outcome}`, { method: 'POST' })).text();
      return { answer, during: [startMs, Date.now()] as const };
    };
    const states = (breaker: string) =>
      Object.fromEntries(
        sink.points
          .filter(
            ({ metric, attributes }) =>
              metric.endsWith('.state') && attributes['circuit_breaker.name'] === breaker,
          )
          .slice(-3)
          .map(({ attributes, value }) => [attributes['circuit_breaker.state'], value]),
      );

    await until('a state without traffic', () => states(name).closed === 1);
    await call('fail');
    const { during: opened } = await call('fail');
    await until('the open state', () => states(name).open === 1);
    expect(states(name)).toEqual({ closed: 0, open: 1, half_open: 0 });
    expect(states(`${name}#2`)).toEqual({ closed: 1, open: 0, half_open: 0 });
    // While the breaker is open, it answers with its refusal.
    const { during: closed } = await vi.waitFor(async () => {
      const called = await call('ok');
      expect(called.answer).toBe('ok');
      return called;
    }, 10_000);
    const lines = await until('three transitions', () => {
      const told = sink.lines.filter(({ fields }) => fields.event === 'circuit_breaker.transition');
      return told.length >= 3 && told;
    });
    await until('the transition counter', () =>
      sink.points.some(
        ({ metric, attributes }) =>
          metric === 'circuit_breaker.transitions' && attributes['circuit_breaker.to'] === 'closed',
      ),
    );

    expect(lines.map(({ fields }) => fields)).toEqual(
      [
        ['closed', 'open'],
        ['open', 'half_open'],
        ['half_open', 'closed'],
      ].map(([from, to]) => ({
        timestamp: expect.any(String),
        level: 'warn',
        message: `circuit breaker ${name}: ${from} -> ${to}`,
        service: 'fixture',
        version: '1.2.3',
        event: 'circuit_breaker.transition',
        'circuit_breaker.name': name,
        'circuit_breaker.state': to,
        'circuit_breaker.previous_state': from,
      })),
    );
    for (const [index, [fromMs, toMs]] of [opened, closed, closed].entries()) {
      const { fields, atNs, labels } = lines[index]!;
      const atMs = Date.parse(String(fields.timestamp));
      expect(atMs).toBeGreaterThanOrEqual(fromMs);
      expect(atMs).toBeLessThanOrEqual(toMs);
      expect(atNs / 1_000_000n).toBe(BigInt(atMs));
      expect(labels).toEqual({ service_name: 'fixture', level: 'warn' });
    }
  },
  60_000,
);
