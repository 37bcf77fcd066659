import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { peerFolders } from './contestants.ts';

/** Installs the peers, each unless it is there as its lockfile has it. @throws Error when npm fails. */
export function installPeers(): void {
  for (const [name, folder] of Object.entries(peerFolders)) {
    if (isInstalled(folder)) continue;
    console.log(`installing ${name} …`);
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: 'inherit',
    });
  }
}

function isInstalled(folder: string): boolean {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  const locked = join(folder, 'package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(locked).mtimeMs;
}
