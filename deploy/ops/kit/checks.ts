/** `missing`: could not be looked at, or is not there and need not be. `look`: a person has to judge it. */
export type Outcome = 'ok' | 'wrong' | 'missing' | 'look';

export interface Checked {
  what: string;
  outcome: Outcome;
  /** What was seen, or what is wrong and what to do: the lines after the first are shown below the table. */
  detail: string;
}

/** What a check throws that could not be made, and need not be. */
export class MissingError extends Error {
  override name = 'MissingError';
}

/** What a check throws that found something which may be well, and may not. */
export class LookError extends Error {
  override name = 'LookError';
}

/** `see` gives what it saw. */
export async function check(what: string, see: () => Promise<string> | string): Promise<Checked> {
  try {
    return { what, outcome: 'ok', detail: await see() };
  } catch (error) {
    return { what, outcome: outcomeOf(error), detail: messageOf(error) };
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof MissingError) return 'missing';
  return error instanceof LookError ? 'look' : 'wrong';
}

/** Prints all of them. @throws Error when one is wrong */
export function report(checked: readonly Checked[], { json = false } = {}): void {
  const wrong = checked.filter(({ outcome }) => outcome === 'wrong');
  if (json) process.stdout.write(`${JSON.stringify(checked, undefined, 2)}\n`);
  else process.stdout.write(`${lines(checked).join('\n')}\n`);
  if (wrong.length > 0)
    throw new Error(
      `${wrong.length} of ${checked.length} checks failed: ${wrong.map(({ what }) => what).join(', ')}`,
    );
}

/** One line for each, and below it what else there is to say of what is wrong. */
function lines(checked: readonly Checked[]): string[] {
  const widths = { outcome: 7, what: Math.max(...checked.map(({ what }) => what.length)) };
  return checked.flatMap(({ what, outcome, detail }) => {
    const [first, ...rest] = detail.split('\n');
    const line = `${outcome.padEnd(widths.outcome)}  ${what.padEnd(widths.what)}  ${first}`;
    return outcome === 'ok' ? [line] : [line, ...rest.map((it) => `${' '.repeat(widths.outcome)}  ${it}`)];
  });
}

export function messageOf(error: unknown): string {
  const { message, code } = Object(error) as { message?: string; code?: string };
  return message || code || String(error);
}
