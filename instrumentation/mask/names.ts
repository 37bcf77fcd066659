/** What the name of a field says of its value. */
export type Verdict = 'secret' | 'allowed' | 'ordinary';

/** Secret wherever they stand in a name, also grown together with other words: `userPassword`, `DBPASSWD2`. */
const strong = new RegExp(
  [
    'passw(?:or[dt]|d)|passphrase|passcode|pwd|secret(?!ar)|credential|authori[sz]ation|cookie',
    '(?:api|access|private|secret|account|encryption|signing|master|ssh|service|shared|auth|subscription)_?keys?',
    '(?:access|refresh|auth|bearer|session|csrf|xsrf|security|reset|verification|device|(?:^|_)(?:id|api))_?tokens?',
    'connection_?string|credit_?card|card_?n(?:umber|o)\\b|session_?id|sessid|jwt|mnemonic|seed_?phrase',
    '(?:bank_?)?account_?number|social_?security|(?:recovery|backup|verification|security|one_?time)_?codes?|magic_?link',
  ].join('|'),
);
/** Secret as a word of their own: `pinned`, `discard` and `mapping` are not meant. */
const weak =
  /(?:^|_)(?:token|session|sid|card|cvv2?|cvc2?|csc|ssn|otp|totp|mfa|pin|pin_?code|dsn|iban|jwt|bearer|csrf|xsrf|signature|sig|hmac|apikey)\d*(?:_|$)/;
/** Secret as the last word only: `auth_method` and `passes` are not. */
const last = /(?:^|_)(?:auth|pass|pw|email|e_?mail|email_?address|mail_?address)\d*$/;
/** A name that ends so tells about a secret and holds none: `token_type`, `password_length`, `session_count`. */
const about =
  /_(?:counts?|length|len|size|type|kind|names?|status|state|expir(?:y|es|ed|ation)(?:_(?:at|in|ms|s))?|ttl|at|age|usage|limit|policy|enabled|required|valid|verified|used|duration|ms|seconds|total|method|provider|version|brand|last4|exists|present|changed|strength|attempts|errors?|rate|cost|budget|position|index)$/;
/** What language models count. */
const counted =
  /(?:^|_)(?:tokens?_(?:usage|used|counts?|limit|total|type|in|out)|(?:input|output|total|prompt|completion|max|cached|reasoning|num|n)_tokens?)(?:_|$)/;

/** Names that are asked for again and again; more than so many are no longer names. */
const mostRemembered = 2000;
const longestRemembered = 64;

export class FieldNames {
  readonly #masked: readonly string[];
  readonly #allowed: ReadonlySet<string>;
  readonly #known = new Map<string, Verdict>();

  constructor(masked: readonly string[], allowed: readonly string[]) {
    this.#masked = masked.map(inWords).filter((name) => name !== '');
    this.#allowed = new Set(allowed.map(inWords));
  }

  verdict(name: string): Verdict {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const verdict = this.#judge(inWords(name));
    if (name.length <= longestRemembered) {
      if (this.#known.size >= mostRemembered) this.#known.clear();
      this.#known.set(name, verdict);
    }
    return verdict;
  }

  /** A name that was allowed wins; a name that was added is found at the boundaries of words. */
  #judge(words: string): Verdict {
    if (this.#allowed.has(words)) return 'allowed';
    if (this.#masked.some((name) => `_${words}_`.includes(`_${name}_`))) return 'secret';
    if (about.test(words) || counted.test(words)) return 'ordinary';
    return strong.test(words) || weak.test(words) || last.test(words) ? 'secret' : 'ordinary';
  }
}

/** `X-API-Key`, `apiKey`, `api.key` and `API_KEY` are the same words: `api_key`. */
export function inWords(name: string): string {
  return name
    .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}
