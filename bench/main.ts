import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

// `npm run bench -- <name>`: a table for people, and as its last line one JSON object.
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3));
const { positionals } = parseArgs({ allowPositionals: true });
const [name] = positionals;
if (name !== undefined && names.includes(name)) await import(`./${name}.ts`);
else {
  console.error(
    `Expected one of ${names.join(', ')}, got ${name ?? 'nothing'}. Example: npm run bench -- ${names[0]}`,
  );
  process.exitCode = 64;
}
