const timeoutMs = 10_000;

/**
 * Asks, and reads the answer as text.
 *
 * @throws Error that names the address, and what came instead of an answer or what the answer says of its refusal
 */
export async function ask(url: URL | string, init: RequestInit = {}): Promise<string> {
  const { status, text } = await askAny(url, init);
  if (status >= 400) throw new Error(`${shown(url)} answers ${status}: ${text.trim().slice(0, 500)}`);
  return text;
}

/** As `ask`, whatever the status is. */
export async function askAny(
  url: URL | string,
  init: RequestInit = {},
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), ...init });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw new Error(`${shown(url)} does not answer (${reasonOf(cause)})`, { cause });
  }
}

/** Without query, which may be long, and without what names a user. */
function shown(url: URL | string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** fetch says `fetch failed` and hides the reason. */
function reasonOf(error: unknown): string {
  const { cause, message } = Object(error) as { cause?: { code?: string }; message?: string };
  return cause?.code ?? message ?? String(error);
}
