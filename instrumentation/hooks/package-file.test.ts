import { expect, it } from 'vitest';
import { packageFile, packageOf } from './package-file.ts';

it.each([
  ['file:///app/node_modules/pg/lib/client.js', 'pg', 'file:///app/node_modules/pg/', 'lib/client.js'],
  ['file:///app/node_modules/@a/b/c.js?v=1#x', '@a/b', 'file:///app/node_modules/@a/b/', 'c.js'],
  [
    'file:///app/node_modules/.pnpm/pg@8/node_modules/pg/lib/client.js',
    'pg',
    'file:///app/node_modules/.pnpm/pg@8/node_modules/pg/',
    'lib/client.js',
  ],
  ['file:///C:/app/node_modules/x/y.js', 'x', 'file:///C:/app/node_modules/x/', 'y.js'],
])('%s', (url, name, folder, path) => {
  expect(packageOf(url)).toBe(name);
  expect(packageFile(url)).toEqual({ name, folder, path });
});

it.each(['file:///app/server.js', 'node:fs', 'data:text/javascript,0'])('%s is of no package', (url) => {
  expect(packageOf(url)).toBeUndefined();
});
