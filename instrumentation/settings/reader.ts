/** The longest that Node's timers wait: what is more becomes 1 ms. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const longestTimerMs = 2 ** 31 - 1;

/** Reads variables; what cannot be used is left out and told of in `problems`, once for each variable. */
export class Reader {
  readonly #env: NodeJS.ProcessEnv;
  readonly #problems = new Map<string, string>();

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  get problems(): string[] {
    return [...this.#problems.values()];
  }

  text(name: string): string | undefined {
    return this.#env[name]?.trim() || undefined;
  }

  flag(name: string): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value !== undefined && value !== 'true' && value !== 'false')
      this.refuse(name, 'true or false', value, 'false is used');
    return value === 'true';
  }

  number(name: string, otherwise: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
    this.refuse(name, `a number ${range}`, text, `${otherwise} is used`);
    return otherwise;
  }

  /** What a timer is set to. */
  milliseconds(name: string, otherwise: number): number {
    return this.number(name, otherwise, 1, longestTimerMs);
  }

  /** http or https. */
  url(name: string): URL | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
    // What stands before an @ or behind a ? may be a credential: it is not repeated, wherever a typing error put it.
    const told = /[@?]/.test(text) ? 'something else' : text;
    this.refuse(name, 'an http or https URL', told, 'it is not used');
    return undefined;
  }

  oneOf<T extends string>(name: string, values: readonly T[], otherwise: T): T {
    return this.oneOfFirst([name], values, otherwise);
  }

  /** Of the first of `names` that is set. */
  oneOfFirst<T extends string>(names: readonly string[], values: readonly T[], otherwise: T): T {
    const name = names.find((each) => this.text(each) !== undefined);
    if (name === undefined) return otherwise;
    const text = this.text(name) as string;
    const found = values.find((value) => value === text.toLowerCase());
    if (found === undefined) this.refuse(name, values.join(' or '), text, `${otherwise} is used`);
    return found ?? otherwise;
  }

  /** Separated by commas, each one of `values`. */
  list<T extends string>(name: string, values: readonly T[]): T[] {
    const given = this.names(name).map((text) => text.toLowerCase());
    const wrong = given.filter((text) => !values.includes(text as T));
    if (wrong.length > 0)
      this.refuse(name, `some of ${values.join(', ')}`, wrong.join(','), 'that is ignored');
    return given.filter((text): text is T => values.includes(text as T));
  }

  names(name: string): string[] {
    return (this.text(name) ?? '')
      .split(',')
      .map((text) => text.trim())
      .filter(Boolean);
  }

  /** `a=b,c=d`, percent-encoded: https://opentelemetry.io/docs/specs/otel/resource/sdk/ */
  pairs(name: string): Record<string, string> {
    const pairs: Record<string, string> = {};
    for (const text of this.names(name)) {
      const at = text.indexOf('=');
      const [key, value] = [decoded(text.slice(0, at).trim()), decoded(text.slice(at + 1).trim())];
      if (at > 0 && key !== undefined && value !== undefined) pairs[key] = value;
      // The text may be a credential: it is not repeated.
      else
        this.refuse(
          name,
          'name=value, separated by commas, percent-encoded',
          'something else',
          'that is ignored',
        );
    }
    return pairs;
  }

  /** Whatever `name` says: this is done. */
  passOver(name: string, instead: string): void {
    this.#problems.set(name, `${name} is not supported: ${instead}`);
  }

  refuse(name: string, expected: string, got: string, then: string): void {
    this.#problems.set(
      name,
      `${name} has to be ${expected}, got ${JSON.stringify(got.slice(0, 200))}: ${then}`,
    );
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
