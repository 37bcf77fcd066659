/** One line on stderr, by the preload and not by the service. Never throws: a closed stderr is no reason to fail. */
export function complain(text: string): void {
  try {
    process.stderr.write(`@ordeal/preload: ${text}\n`);
  } catch {}
}

/** What went wrong, in the words of whoever threw it, in one line. */
export function reason(thrown: unknown): string {
  const { code, message } = Object(thrown) as { code?: unknown; message?: unknown };
  return String(message || code || thrown)
    .trim()
    .replace(/\s*\n\s*/g, ' ');
}
