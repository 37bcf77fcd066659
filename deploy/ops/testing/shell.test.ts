import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPages } from './pages.ts';
import { ignoredNames, openClone } from './shell.ts';

it('a clone has the files and the dependencies, and nothing that the runbook has left', async () => {
  await using stack = new AsyncDisposableStack();
  const top = await mkdtemp(join(tmpdir(), 'ops-top-'));
  stack.defer(() => rm(top, { recursive: true, force: true }));
  for (const folder of ['.git', 'deploy', 'node_modules', 'run', 'backups']) await mkdir(join(top, folder));
  for (const file of ['deploy/a.ts', 'run/service.pid', 'backups/old.dump', 'report.html', '.env'])
    await writeFile(join(top, file), 'x');
  const ignored = ['node_modules/', '*.tgz', '# What is left.', '/run/', '/backups/', '/report.html', '.env'];
  await writeFile(join(top, '.gitignore'), ignored.join('\n'));
  const clone = stack.use(await openClone(top));
  expect((await readdir(clone.folder)).sort()).toEqual(['.gitignore', 'deploy', 'node_modules']);
  expect(await readFile(join(clone.folder, 'deploy/a.ts'), 'utf8')).toBe('x');
});

it('.gitignore has what the runbook leaves', async () => {
  const typed = (await readPages()).flatMap(({ blocks }) => blocks).join('');
  const left = [...typed.matchAll(/(?:--out|--folder|--file|mkdir -p|>) ([a-z][\w-]*(?:\.\w+)?)/g)];
  const names = new Set(left.map(([, name]) => name!));
  expect(names).toEqual(new Set(['run', 'backups', 'evidence', 'logs', 'report.html', 'week.html']));
  expect(await ignoredNames()).toEqual(expect.arrayContaining([...names]));
});
