import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { baseImages, defaultImages, imagesFrom } from './images.ts';

const repository = resolve(import.meta.dirname, '../../..');

it.each(Object.entries({ ...defaultImages, ...baseImages }))(
  'the stand-in for %s is built as %s',
  (part, image) => {
    const script = 'repository=$1; . "$1/deploy/stand-ins/lib.sh"; tag_of "$2"';
    const tag = execFileSync('bash', ['-c', script, 'bash', repository, part], { encoding: 'utf8' });
    expect(tag.trim()).toBe(image);
  },
);

it.each([
  ['ORDEAL_POSTGRES_IMAGE', 'postgres'],
  ['ORDEAL_REDIS_IMAGE', 'redis'],
  ['ORDEAL_JAEGER_IMAGE', 'jaeger'],
] as const)('%s goes before the default', (variable, kind) => {
  expect(imagesFrom({ [variable]: 'mirror.example/it:1' })[kind]).toBe('mirror.example/it:1');
  expect(imagesFrom({ [variable]: '' })[kind]).toBe(defaultImages[kind]);
});
