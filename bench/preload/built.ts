import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Builds the preload of this tree, as it is published. Returns its file. @throws Error when it does not compile. */
export function buildPreload(): string {
  execFileSync('npm', ['run', 'build', '--silent', '-w', '@ordeal/preload'], { cwd: root, stdio: 'inherit' });
  return join(root, 'instrumentation', 'dist', 'preload.js');
}
