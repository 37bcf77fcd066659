/** The oldest Node that has `module.registerHooks`. */
const oldest = [22, 15] as const;

/** Why this version of Node cannot be watched, in a sentence; undefined when it can. */
export function tooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return `needs Node ${oldest.join('.')} or later, this is ${version}: nothing is watched, the service runs as it is`;
}
