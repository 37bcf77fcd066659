/** What `look` sees as soon as it sees something. @throws Error that names `what`, when it does not in time. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 15_000,
): Promise<T> {
  for (const deadline = performance.now() + withinMs; ; await new Promise((go) => setTimeout(go, 20))) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
  }
}
