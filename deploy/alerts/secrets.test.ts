import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkSecrets } from './secrets.ts';

const run = promisify(execFile);
const ours = fileURLToPath(new URL('../secrets/', import.meta.url));
const main = fileURLToPath(new URL('check-secrets.ts', import.meta.url));
const examples = ['smtp_password', 'slack_url', 'webhook_url'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-secrets-'));
  for (const name of examples) await cp(join(ours, `${name}.example`), join(folder, `${name}.example`));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const stateOf = async (secret: string) => (await checkSecrets(folder)).find((it) => it.secret === secret)!;

it.each([
  ['slack_url', 'https://hooks.slack.com/services/T1/B1/x\n', 'good', undefined],
  ['slack_url', 'https://hooks.slack.com/services/T1/B1/x', 'good', undefined],
  ['webhook_url', 'http://127.0.0.1:8000/alerts', 'good', undefined],
  ['smtp_password', 'p4ss word!', 'good', undefined],
  ['slack_url', 'hooks.slack.com/services/T1', 'wrong', 'is no address, expected https://…'],
  ['webhook_url', 'ftp://127.0.0.1/x', 'wrong', 'is no address, expected https://…'],
  ['smtp_password', '\n', 'wrong', 'is empty'],
  ['smtp_password', '', 'wrong', 'is empty'],
  ['slack_url', 'https://a.example/x\nhttps://b.example/y\n', 'wrong', 'has 2 lines, expected one'],
  ['webhook_url', ' https://a.example/x', 'wrong', 'has white space around its line'],
  ['webhook_url', 'https://a.example/x\r\n', 'wrong', 'has white space around its line'],
])('%s with %j is %s', async (secret, text, state, problem) => {
  await writeFile(join(folder, secret), text);
  const found = await stateOf(secret);
  expect(found.state).toBe(state);
  if (problem) expect(found.problem).toBe(`${join(folder, secret)} ${problem}: write the real one into it`);
});

it.each(examples)('%s with the text of its example is wrong', async (secret) => {
  await cp(join(folder, `${secret}.example`), join(folder, secret));
  expect((await stateOf(secret)).problem).toContain('still has the text of its example');
});

it.each(examples)('%s that is not there is missing, and what to do is said', async (secret) => {
  expect(await stateOf(secret)).toMatchObject({
    state: 'missing',
    problem: expect.stringContaining(`copy ${join(folder, secret)}.example`),
  });
});

it('what cannot be read is wrong', async () => {
  await mkdir(join(folder, 'slack_url'));
  expect((await stateOf('slack_url')).problem).toContain('cannot be read (EISDIR)');
});

it('the command says it, without showing a secret', async () => {
  await writeFile(join(folder, 'slack_url'), 'hunter2');
  await writeFile(join(folder, 'smtp_password'), 'hunter2');
  const { code, stdout } = await run(process.execPath, [main, folder]).catch((error) => error);
  expect(code).toBe(1);
  expect(stdout.trim().split('\n')).toHaveLength(3);
  expect(stdout).toContain(`${join(folder, 'smtp_password')} is good`);
  expect(stdout).not.toContain('hunter2');
});
