import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { preloadVersion } from './version.ts';

it('is the one in package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
  expect(preloadVersion).toBe(version);
});
