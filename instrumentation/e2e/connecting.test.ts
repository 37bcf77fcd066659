import { expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { builtPreload } from '../testing/built-preload.ts';
import { startDependencies } from '../testing/dependencies.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink } from '../testing/sink.ts';

const parts = await needs('postgres', 'redis');

it.runIf(parts.runs)(
  parts.titled('commands to a Redis that is not ready yet are told with the rest'),
  async () => {
    await using dependencies = await startDependencies();
    await using sink = await Sink.start();
    const env = { ...dependencies.env, ...sink.environment };
    const preload = await builtPreload();
    await using service = await new FixtureService('connecting.cjs', { preload, env }).listening();
    expect(await (await fetch(service.url)).text()).toBe('connect');
    expect(await service.stop('SIGTERM')).toMatchObject({ signal: 'SIGTERM', stderr: '' });

    const server = sink.spans.find(({ kind }) => kind === 2);
    const spans = sink.spans.filter(({ kind }) => kind === 3);
    // Without what ioredis says by itself before it is ready.
    expect(spans.map(({ name }) => name).toSorted()).toEqual(['GET', 'GET', 'QUIT']);
    for (const span of spans) expect(span).toMatchObject({ parentSpanId: server?.spanId });
  },
);
