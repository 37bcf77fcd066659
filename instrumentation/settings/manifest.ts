import { dirname, join } from 'node:path';
import { fs } from '../builtins.ts';

/** Name and version from the nearest package.json above the script. */
export function manifestAbove(script: string | undefined): { name?: string; version?: string } {
  for (let folder = script && dirname(script); folder; folder = parentOf(folder)) {
    const found = read(join(folder, 'package.json'));
    if (found) return found;
  }
  return {};
}

function read(file: string): { name?: string; version?: string } | undefined {
  try {
    const { name, version } = Object(JSON.parse(fs.readFileSync(file, 'utf8')));
    return { ...(typeof name === 'string' && { name }), ...(typeof version === 'string' && { version }) };
  } catch {
    return undefined;
  }
}

function parentOf(folder: string): string | undefined {
  const parent = dirname(folder);
  return parent === folder ? undefined : parent;
}
