import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gate, needs } from '../../../harness/setup/fixtures/parts.ts';
import { hostOf } from '../../../harness/setup/part.ts';
import { getSchemathesis, type Schemathesis } from '../../../harness/setup/parts/schemathesis.ts';
import { ProgramError, runProgram } from '../../../harness/setup/program.ts';
import { startAround, type TestAround } from '../test-around.ts';
import { startService, type TestService } from '../test-process.ts';

/* Schemathesis reads the service's own OpenAPI document and tries to find requests whose answers do not fit it. */

/** Longer than a slow line needs for 20 MB. */
const downloadLimitMs = 120_000;
const host = hostOf(process.env);
const inTime = { signal: AbortSignal.timeout(downloadLimitMs) };
const tool: Schemathesis | Error = await getSchemathesis(host, inTime).catch((error: Error) => error);
const servers = await needs('postgres', 'redis');
const { runs, titled } = tool instanceof Error ? gate([`no Schemathesis: ${tool.message}`]) : servers;

let around: TestAround;
let service: TestService;
let folder: string;

beforeAll(async () => {
  if (!runs) return;
  folder = await mkdtemp(join(tmpdir(), 'memory-api-schemathesis-'));
  around = await startAround();
  service = await startService({ ...around.settings, RATE_LIMIT_ENABLED: 'false' });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await around?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true, force: true });
});

describe.runIf(runs)(titled('the OpenAPI document'), () => {
  it('is what the service does', { timeout: 240_000 }, async ({ signal }) => {
    if (tool instanceof Error) throw tool;
    const key = await around.issue();
    const output = await runProgram({
      command: tool.command,
      env: { ...tool.env, SCHEMATHESIS_HOOKS: join(import.meta.dirname, 'schemathesis_hooks.py') },
      args: [
        tool.script,
        ...['run', `${service.url}/openapi.json`, '--header', `Authorization: Bearer ${key}`],
        ...['--checks', 'all', '--max-examples', '30', '--seed', '1', '--generation-database', 'none'],
        ...['--continue-on-failure', '--request-timeout', '15', '--no-color'],
      ],
      // It keeps what it finds where it runs.
      cwd: folder,
      signal,
    }).catch((error: unknown) => {
      if (error instanceof ProgramError) return error.message;
      throw error;
    });
    expect(output).toMatch(/No issues found/);
    expect(service.output(), 'what the service did not expect').not.toMatch(/INTERNAL_ERROR/);
  });
});
