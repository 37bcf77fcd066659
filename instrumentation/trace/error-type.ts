/** `error.type`: a code says more than a class. Few of either exist in a service. */
export function errorType(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  if (typeof code === 'string' || typeof code === 'number') return String(code);
  return typeof name === 'string' && name ? name : '_OTHER';
}
