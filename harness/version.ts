import { readFileSync } from 'node:fs';

/** Source stands one folder below package.json, the built form two. */
function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (name === 'ordeal') return version;
    } catch {}
  }
  return 'unknown';
}

export const version = readVersion();
