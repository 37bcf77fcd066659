import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { builtPreload } from '../testing/built-preload.ts';
import { startDependencies } from '../testing/dependencies.ts';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink } from '../testing/sink.ts';

const nodes = await needsNodes(...supportedLines);
const parts = await needs('postgres', 'redis');
const preload = await builtPreload();
let dependencies: Awaited<ReturnType<typeof startDependencies>> | undefined;

beforeAll(async () => {
  if (parts.runs) dependencies = await startDependencies();
}, 60_000);
afterAll(() => dependencies?.[Symbol.asyncDispose]());

describe.runIf(nodes.runs).each(supportedLines)(nodes.titled('Node %s'), (line) => {
  it.each([
    'a client of pg that connects',
    'a pool of pg that connects',
    'a query of a pool of pg',
    'a client of ioredis that connects',
  ])('a rejection that nobody handles ends the service as without: %s', async (failing) => {
    await using sink = await Sink.start();
    const node = await nodeBinary(line);
    const run = async (preloaded?: string) => {
      const env = sink.environment;
      const options = { args: [failing], node, preload: preloaded, env, listens: false };
      const { code, stderr } = await new FixtureService('unhandled.cjs', options).ended;
      return { code, why: stderr.match(/ECONNREFUSED|Connection is closed/)?.[0] };
    };
    const plain = await run();
    expect(plain).toEqual({ code: 1, why: expect.any(String) });
    expect(await run(preload)).toEqual(plain);
  });

  it.runIf(parts.runs)(
    parts.titled('what a service does in ways of its own goes as without, and is seen'),
    async () => {
      await using sink = await Sink.start();
      const node = await nodeBinary(line);
      const env = { ...dependencies?.env, ...sink.environment };
      const run = async (preloaded?: string) => {
        const options = { node, preload: preloaded, env, listens: false };
        const { code, stdout, stderr } = await new FixtureService('own-ways.cjs', options).ended;
        return { code, stderr, told: stdout && JSON.parse(stdout) };
      };
      const plain = await run();
      expect(plain).toMatchObject({ code: 0, stderr: '' });
      expect(await run(preload)).toEqual(plain);
      const failed = sink.spans.filter(({ attributes }) => attributes['error.type'] === '42703');
      expect(failed.map(({ name }) => name)).toEqual(['SELECT']);
      // Handed on, a request is still one; one that waits to be asked for its body is one too.
      const served = sink.spans.filter(({ kind }) => kind === 2);
      expect(served.map(({ name }) => name).toSorted()).toEqual(['GET', 'POST']);
    },
  );
});
