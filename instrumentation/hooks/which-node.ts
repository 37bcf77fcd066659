/**
 * Whether hooks of `module.registerHooks` can be used. Before these versions their mere presence breaks `require` of ES
 * modules and of CommonJS below an import (https://github.com/nodejs/node/pull/59929).
 */
export function hooksWork(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const from = { 22: [22, 3], 24: [11, 1], 25: [1, 0] }[major];
  if (!from) return major >= 26;
  const [fromMinor = 0, fromPatch = 0] = from;
  return minor > fromMinor || (minor === fromMinor && patch >= fromPatch);
}
