#!/usr/bin/env node
// Plain JavaScript for old Nodes. Starts the command line: its TypeScript in a clone, what was built from it in
// the published package; on a newer Node when this one is too old for it.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isNode24OrNewer, packagedNode, runToEnd } from './launch.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'harness', 'main.ts');
const main = existsSync(source) ? source : join(root, 'dist', 'harness', 'main.js');

async function start() {
  if (isNode24OrNewer(process.versions.node)) {
    // Where only who installed us can write; Node's default is shared by all users of the machine.
    module.enableCompileCache?.(join(root, 'node_modules', '.cache', 'compile'));
    await import(pathToFileURL(main).href);
    return;
  }
  const newer = packagedNode(root);
  if (newer === undefined) {
    const advice = main === source ? 'run `npm ci` in the clone' : 'run `npm install node@24`, or install it';
    console.error(
      `Ordeal needs Node 24 or newer, this is ${process.versions.node}: ${advice} (https://nodejs.org).`,
    );
    process.exitCode = 4;
    return;
  }
  // `setup` may have to ask for a password.
  const alone = process.argv[2] !== 'setup';
  process.exitCode = await runToEnd(newer, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    alone,
  });
}

start().catch((error) => {
  console.error(error);
  process.exitCode = 3;
});
