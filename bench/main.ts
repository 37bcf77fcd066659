import { readdirSync } from 'node:fs';

// `npm run bench -- <name>`: a table for people, and as its last line one JSON object.
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3));
// What stands after the name is the script's.
const name = process.argv[2];
if (name !== undefined && names.includes(name)) await import(`./${name}.ts`);
else {
  console.error(
    `Expected one of ${names.join(', ')}, got ${name ?? 'nothing'}. Example: npm run bench -- ${names[0]}`,
  );
  process.exitCode = 64;
}
