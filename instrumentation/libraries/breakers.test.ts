import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { type StartedFixture, startFixture } from './fixtures/start.ts';
import type { Told } from './fixtures/tools.ts';

const { runs, titled } = await needsNodes(...supportedLines);
const kinds = supportedLines.flatMap((line) => [
  [line, 'breakers-cjs', '.cjs'] as const,
  [line, 'breakers-esm', '.mjs'] as const,
]);

describe.runIf(runs).each(kinds)(titled('on Node %s, %s'), (line, file, extension) => {
  let service: StartedFixture;
  let before: Told;
  let after: Told;
  let answer: unknown;
  beforeAll(async () => {
    service = await startFixture(file + extension, await nodeBinary(line));
    before = await service.told(() => true);
    answer = await (await fetch(`http://127.0.0.1:${(service.first as { port: number }).port}`)).json();
    after = await service.told((it) => it.spans.some(({ name }) => name === 'GET'));
  });
  afterAll(() => service?.[Symbol.asyncDispose]());

  const stateOf = (told: Told, name: string) =>
    ['closed', 'open', 'half_open'].filter(
      (state) =>
        told.numbers[
          `circuit_breaker.state ${JSON.stringify({ 'circuit_breaker.name': name, 'circuit_breaker.state': state })}`
        ] === 1,
    );

  it('each breaker is known without a call, by its name, its function or its file', () => {
    const names = [file, `${file}#2`, 'lookUp', 'impatient', `${file}#3`];
    expect(names.map((name) => stateOf(before, name))).toEqual(names.map(() => ['closed']));
    expect(names.map((name) => stateOf(after, name))).toEqual([
      ['closed'],
      ['closed'],
      ['closed'],
      [],
      ['closed'],
    ]);
  });

  it('the service gets what it would have got', () => {
    expect(answer).toEqual({
      got: [
        'got ok',
        'threw dependency down',
        'threw dependency down',
        'threw Execution prevented because the circuit breaker is open',
        'got ok',
        'got ok',
        'got ok',
        'got fallback',
        'got fallback',
        'got ok',
        'threw Timed out after 20ms',
        'got ok',
      ],
      unhandled: ['dependency down'],
    });
    expect(service.stderr()).toBe('');
  });

  it('each change is a line at its time, and is counted', () => {
    const lines = after.lines.filter(({ 'circuit_breaker.name': name }) => name !== 'impatient');
    const changes: [name: string, from: string, to: string][] = [
      [file, 'closed', 'open'],
      [file, 'open', 'half_open'],
      [file, 'half_open', 'closed'],
      [`${file}#2`, 'closed', 'open'],
      [`${file}#2`, 'open', 'closed'],
      ['lookUp', 'closed', 'open'],
      ['lookUp', 'open', 'half_open'],
      ['lookUp', 'half_open', 'closed'],
    ];
    expect(lines).toEqual(
      changes.map(([name, from, to], at) => ({
        timestamp: new Date(Number(lines[at]?.atMs)).toISOString(),
        level: 'warn',
        message: `circuit breaker ${name}: ${from} -> ${to}`,
        event: 'circuit_breaker.transition',
        'circuit_breaker.name': name,
        'circuit_breaker.state': to,
        'circuit_breaker.previous_state': from,
        atMs: expect.any(Number),
      })),
    );
    for (const [name, from, to] of changes) {
      const attributes = {
        'circuit_breaker.name': name,
        'circuit_breaker.from': from,
        'circuit_breaker.to': to,
      };
      expect(after.numbers).toHaveProperty([`circuit_breaker.transitions ${JSON.stringify(attributes)}`], 1);
    }
  });

  it.each([
    ['', { success: 4, failure: 3, rejected: 1 }],
    ['lookUp', { success: 2, failure: 1, rejected: 1 }],
    ['impatient', { timeout: 1 }],
    ['#3', { success: 1 }],
  ])('calls of "%s" are counted by how they ended', (suffix, outcomes) => {
    const name = /^[a-z]/i.test(suffix) ? suffix : file + suffix;
    const counted = Object.entries(after.numbers).flatMap(([key, value]) => {
      if (!key.startsWith('circuit_breaker.calls')) return [];
      const attributes = JSON.parse(key.slice(key.indexOf('{')));
      return attributes['circuit_breaker.name'] === name ? [[attributes.outcome, value]] : [];
    });
    expect(Object.fromEntries(counted)).toEqual(outcomes);
  });

  it('each call is a span below what made it, and above what it makes', () => {
    const spans = after.spans.filter(({ name }) => name.startsWith('circuit_breaker '));
    const request = after.spans.find(({ name }) => name === 'GET');
    const inner = spans.find(({ name }) => name === `circuit_breaker ${file}#3`);
    const outer = spans.find(({ id }) => id === inner?.parent);
    expect(outer?.name).toBe(`circuit_breaker ${file}`);
    expect(spans.filter((it) => it !== inner).map(({ parent }) => parent)).toEqual(
      Array(spans.length - 1).fill(request?.id),
    );
    const told = (span: (typeof spans)[number]) => [span.attributes, span.failed];
    expect(spans.slice(0, 4).map(told)).toEqual(
      [
        ['closed', 'success', undefined],
        ['closed', 'failure', 'EDOWN'],
        ['closed', 'failure', 'EDOWN'],
        ['open', 'rejected', 'rejected'],
      ].map(([state, outcome, type]) => [
        {
          'circuit_breaker.name': file,
          'circuit_breaker.state': state,
          outcome,
          ...(type && { 'error.type': type }),
        },
        type !== undefined,
      ]),
    );
  });
});
