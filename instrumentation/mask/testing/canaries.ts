/**
 * Secrets of every shape we promise to keep inside the process. None was ever valid: each is drawn from a fixed seed, and
 * put together from pieces so that no scanner of repositories takes this file for a leak.
 */
export interface Canary {
  readonly name: string;
  readonly value: string;
  /** It has no shape of its own and is known by the name of its field alone. */
  readonly field?: string;
  /** Pieces of `value` that betray it: none of them may be found in what left the process, whatever surrounds them. */
  readonly markers: readonly string[];
}

const digits = '0123456789';
const hex = `${digits}abcdef`;
const upper = `${digits}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;
const alphanumeric = `${upper}abcdefghijklmnopqrstuvwxyz`;

export const canaries: readonly Canary[] = allCanaries();

/** How a canary stands in the middle of a text: by itself, or after the name of its field. */
export function inText(canary: Canary): string {
  return canary.field ? `${canary.field}="${canary.value}"` : canary.value;
}

function allCanaries(): Canary[] {
  const draw = drawer(20_261_121);
  /** A canary whose secret part is `length` characters of `alphabet`. */
  const drawn = (
    name: string,
    length: number,
    alphabet: string,
    dress: (secret: string) => string,
    field?: string,
  ): Canary => {
    const secret = draw(length, alphabet);
    return { name, value: dress(secret), markers: piecesOf(secret), ...(field && { field }) };
  };
  const plain = (secret: string) => secret;
  return [
    drawn('JWT', 43, alphanumeric, (secret) => glued(jsonWebTokenHead(secret), '.', secret)),
    drawn('bearer token', 40, alphanumeric, (secret) => glued('Bearer', ' ', secret)),
    drawn('basic credentials', 32, alphanumeric, (secret) => glued('Basic', ' ', secret)),
    drawn('AWS access key', 16, upper.slice(12), (secret) => glued('AK', 'IA', secret)),
    drawn('AWS secret key', 40, alphanumeric, (secret) => glued('aws_secret_', 'access_key=', secret)),
    drawn('Google API key', 35, alphanumeric, (secret) => glued('AI', 'za', secret)),
    drawn('Google OAuth token', 60, alphanumeric, (secret) => glued('ya', '29.', secret)),
    drawn('GitHub token', 36, alphanumeric, (secret) => glued('gh', 'p_', secret)),
    drawn('GitHub fine-grained token', 82, alphanumeric, (secret) => glued('github', '_pat_', secret)),
    drawn('GitLab token', 20, alphanumeric, (secret) => glued('gl', 'pat-', secret)),
    drawn('Slack token', 24, alphanumeric, (secret) => glued('xo', 'xb-', '123456789012-', secret)),
    drawn('Slack webhook', 24, alphanumeric, (secret) =>
      glued('https://hooks.', 'slack.com/services/', 'T0AB1CD2E/B0FG3HI4J/', secret),
    ),
    drawn('Stripe key', 24, alphanumeric, (secret) => glued('sk', '_live_', secret)),
    drawn('OpenAI key', 48, alphanumeric, (secret) => glued('sk-', 'proj-', secret)),
    drawn('Anthropic key', 93, alphanumeric, (secret) => glued('sk-', 'ant-', 'api03-', secret)),
    drawn('npm token', 36, alphanumeric, (secret) => glued('np', 'm_', secret)),
    drawn('SendGrid key', 43, alphanumeric, (secret) => glued('S', 'G.', 'ngeVfQFYQlKU0ufo8x5d1A.', secret)),
    drawn('Twilio key', 32, hex, (secret) => glued('S', 'K', secret)),
    drawn('Hugging Face token', 34, alphanumeric, (secret) => glued('h', 'f_', secret)),
    drawn('Azure storage key', 86, alphanumeric, (secret) =>
      glued('DefaultEndpointsProtocol=https;AccountName=ada;', 'Account', 'Key=', secret, '=='),
    ),
    drawn('private key', 64, alphanumeric, (secret) => pem(secret)),
    drawn('database URL', 20, alphanumeric, (secret) =>
      glued('postgres://ada:', secret, '@db.internal/notes'),
    ),
    drawn('Redis URL', 20, alphanumeric, (secret) => glued('redis://:', secret, '@cache.internal:6379/0')),
    drawn('e-mail address', 14, alphanumeric, (secret) => glued(secret, '@', 'example.com')),
    card('card number', ''),
    card('card number with hyphens', '-'),
    { name: 'IBAN', value: glued('DE', '75512108001245126199'), markers: ['75512108001245126199'] },
    drawn('password in a query string', 18, alphanumeric, (secret) => glued('pass', 'word=', secret)),
    drawn('secret in JSON text', 22, alphanumeric, (secret) => glued('{"client_', 'secret":"', secret, '"}')),
    drawn('token in a sentence', 40, hex, (secret) => glued('rejected tok', 'en ', secret)),
    drawn(
      'password of several words',
      14,
      alphanumeric,
      (secret) => glued('correct horse ', secret),
      'password',
    ),
    drawn('API key without a shape', 32, hex, plain, 'x-api-key'),
    drawn('session', 32, hex, plain, 'sessionId'),
    drawn('cookie', 26, alphanumeric, (secret) => glued('sid=', secret, '; Path=/'), 'Set-Cookie'),
    drawn('one-time code', 12, digits, plain, 'otp'),
  ];
}

/** The beginning, the middle and the end: a mask that stops early or starts late is found out. */
function piecesOf(secret: string): string[] {
  if (secret.length < 24) return [secret.slice(0, 12), secret.slice(-12)];
  const middle = Math.floor(secret.length / 2);
  return [secret.slice(0, 12), secret.slice(middle - 6, middle + 6), secret.slice(-12)];
}

/** A number that payment networks keep for tests. */
function card(name: string, separator: string): Canary {
  const groups = separator ? ['5200', '8282', '8282', '8210'] : ['4000', '0566', '5566', '5556'];
  const value = groups.join(separator);
  return {
    name,
    value,
    markers: [value, groups.slice(0, 3).join(separator), groups.slice(1).join(separator)],
  };
}

function jsonWebTokenHead(subject: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: subject })}`;
}

function pem(secret: string): string {
  return glued('-----BEGIN ', 'PRIVATE KEY-----\n', secret, '\n-----END ', 'PRIVATE KEY-----');
}

function glued(...pieces: string[]): string {
  return pieces.join('');
}

/** Lehmer's generator (a = 48271, m = 2^31 - 1): the same canaries in every run and in every process. */
function drawer(seed: number): (length: number, alphabet: string) => string {
  let state = seed;
  const next = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  return (length, alphabet) => Array.from({ length }, () => alphabet[next(alphabet.length)]).join('');
}
