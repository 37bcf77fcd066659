import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

/*
 * What is published: a handful of files instead of a hundred, since each file that a service loads at its start costs it
 * about a millisecond. What only some services need (the page, the harness's faults) stays in files of its own.
 */
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

rmSync(at('dist'), { recursive: true, force: true });
const { output } = await build({
  // The worker is found beside the file that starts it.
  input: { preload: at('preload.ts'), worker: at('send/worker.ts') },
  platform: 'node',
  external: [/^node:/, /^@opentelemetry\//, /^import-in-the-middle/],
  // A text that is loaded stays in memory: no comments.
  output: {
    dir: at('dist'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: false,
  },
});

// V8 keeps a text in which one character is not ASCII at two bytes a character.
const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
for (const file of output)
  if (file.type === 'chunk')
    writeFileSync(at(`dist/${file.fileName}`), file.code.replace(/[^\0-\x7f]/g, escaped));
writeFileSync(at('dist/preload.d.ts'), 'export {};\n');
