import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handleClientError, handleError } from '../../examples/memory-api/error-handler.ts';
import { NotFoundError } from '../../examples/memory-api/errors.ts';
import { until } from '../../examples/memory-api/test-servers.ts';
import { findAllParts } from '../../harness/setup/find-parts.ts';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { startContext } from '../../harness/stack/fixtures/start-context.ts';
import { toldUndo } from '../../harness/undo/fixtures/told-undo.ts';
import { startObservability } from '../../harness/up/observability.ts';
import { readDashboards } from '../testing/read-dashboards.ts';
import { fillIn } from './fill-in.ts';

const { runs, titled } = await needs('loki');
const panels = (await readDashboards()).flatMap((dashboard) => dashboard.panels);
const { targets } = panels.find(({ title }) => title === 'Is every error classified?')!;

const request = (status_code: number) => ({ message: 'request completed', route: '/x', status_code });
const classified = told((log) =>
  handleError(new NotFoundError('it'), { log } as never, { code: () => ({ send() {} }) } as never),
);
const notHttp = told((log) =>
  handleClientError(log as never)(Object.assign(new Error('x'), { code: 'HPE_INVALID_METHOD' }), {
    writable: true,
    end() {},
    destroySoon() {},
  } as never),
);
const failedTool = { ...classified, tool: 'search_memories' };

describe.runIf(runs)(titled('the share of errors that are classified'), () => {
  const stopping = new AsyncDisposableStack();
  let lokiUrl: string;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grafana-classified-'));
    stopping.defer(() => rm(folder, { recursive: true, force: true }));
    const [parts, context] = [await findAllParts(process.env), startContext(folder, toldUndo())];
    const running = stopping.use(await startObservability({ parts, services: ['loki'], context }));
    lokiUrl = running.url('loki');
  });
  afterAll(() => stopping.disposeAsync());

  it.each([
    ['no error', [request(200)], undefined],
    ['one with a code', [request(200), request(404), classified], 1],
    ['one of two', [request(404), classified, request(500)], 0.5],
    ['none', [request(500)], 0],
    ['none, beside a tool that failed and what was not HTTP', [request(500), failedTool, notHttp], 0],
  ])('%s', async (service, lines, share) => {
    await tell(service, lines);
    await until(
      async () => (await ask(`sum(count_over_time({service_name="${service}"} [10m]))`)) === lines.length,
    );
    const nowMs = Date.now();
    const view = {
      fromMs: nowMs - 600_000,
      toMs: nowMs,
      stepS: 15,
      scrapeIntervalS: 15,
      chosen: { service },
    };
    expect(await ask(fillIn(targets[0]!.expr, view))).toBe(share);
  });

  async function tell(service_name: string, lines: readonly object[]): Promise<void> {
    const values = lines.map((line, at) => [`${Date.now() - at}000000`, JSON.stringify(line)]);
    const { ok, status } = await fetch(`${lokiUrl}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ streams: [{ stream: { service_name }, values: values.reverse() }] }),
    });
    expect(ok, `${status}`).toBe(true);
  }

  async function ask(query: string): Promise<number | undefined> {
    const response = await fetch(`${lokiUrl}/loki/api/v1/query?${new URLSearchParams({ query })}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} for ${query}: ${text}`);
    const { data } = JSON.parse(text) as { data: { result: { value: [number, string] }[] } };
    return data.result[0] && Number(data.result[0].value[1]);
  }
});

/** The line that is logged. */
function told(work: (log: object) => void): object {
  let line: object = {};
  const take = (fields: object, message: string) => (line = { ...fields, message });
  work({ info: take, error: take });
  return line;
}
