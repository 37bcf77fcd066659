import { describe, expect, it } from 'vitest';
import { createMask } from './create-mask.ts';
import { canaries, inText } from './testing/canaries.ts';

const mask = createMask({ maskedFields: [], allowedFields: [] });
const token = canaries.find(({ name }) => name === 'GitHub token')?.value as string;

describe.each(canaries)('a $name', (canary) => {
  const text = inText(canary);
  it.each([
    ['alone', text],
    ['in a sentence', `the call failed for ${text}, nothing was written`],
    ['in a line of its own', `Error: refused\n${text}\n    at handle (/srv/app/server.js:10:5)`],
    ['in brackets', `(${text})`],
    ['in JSON text', JSON.stringify({ level: 30, note: text })],
    ['in JSON text within JSON text', JSON.stringify({ body: JSON.stringify({ note: `a\n${text}` }) })],
    ['in a URL', `GET /search?q=${encodeURIComponent(text)} failed`],
    ['behind a name', `note=${text}`],
    ['behind ordinary text', `${'nothing to see here. '.repeat(50)}${text}`],
  ])('%s is hidden', (_, whole) => {
    const masked = mask.text(whole);
    expect(masked).toContain('***');
    for (const marker of canary.markers) expect(masked).not.toContain(marker);
  });

  it('is hidden in a field', () => {
    const masked = mask.field(canary.field ?? 'note', canary.value);
    for (const marker of canary.markers) expect(masked).not.toContain(marker);
  });
});

it.each([
  ['password=hunter2 user=ada', 'password=*** user=ada'],
  ['password: hunter2, user: ada', 'password: ***, user: ada'],
  ['DB_PASSWORD="two words" next', 'DB_PASSWORD="***" next'],
  ["{ password: 'it\\'s', user: 'ada' }", "{ password: '***', user: 'ada' }"],
  ['{"apiKey":"abc","n":1}', '{"apiKey":"***","n":1}'],
  [JSON.stringify({ password: 'a"bcdef' }), '{"password":"***"}'],
  [JSON.stringify({ b: JSON.stringify({ password: 'a"bcdef' }) }), '{"b":"{"password":"***"}"}'],
  ['{"pin":1234}', '{"pin":"***"}'],
  ['?page=2&access_token=abc&sort=asc', '?page=2&access_token=***&sort=asc'],
  ['Server=db;Password=abc;Database=x', 'Server=db;Password=***;Database=x'],
  ['api key: abcdef', 'api key: ***'],
  ['credentials: { user: 1, key: [2] }, next: 3', 'credentials: ***, next: 3'],
  ['Cookie: a=b; c=d\nHost: x', 'Cookie: ***\nHost: x'],
  ['Authorization: Digest username="ada", response="8f"', 'Authorization: ***"ada", response="8f"'],
  ['password: undefined', 'password: undefined'],
  ['--token=abc', '--token=***'],
  ['Authorization: Basic YWRhOng=', 'Authorization: ***'],
  ['sent Basic YWRhOng= along', 'sent Basic *** along'],
  ['postgres://ada:pw@db:5432/x', 'postgres://***@db:5432/x'],
  ['postgres://ada:p/w#1@db:5432/x', 'postgres://***@db:5432/x'],
  ['https://token@host/x', 'https://***@host/x'],
  ['mail to ada.l+x@sub.example.co.uk.', 'mail to ***.'],
  ['mail to jürgen@exämple.de', 'mail to ***'],
  ['card 4111 1111 1111 1111 declined', 'card *** declined'],
  ['amex 3782 822463 10005', 'amex ***'],
  ['to DE89 3704 0044 0532 0130 00 today', 'to *** today'],
  ['to NL91 ABNA 0417 1643 00', 'to ***'],
  ['secret is 8e5a6ba6e9418944ddfe1db6', 'secret is ***'],
  ['session id 8f31c2aa-1111-4222-8333-123456789abc', 'session id ***'],
  [`Unexpected token 'h', "hunter2" is not valid JSON`, `Unexpected token 'h', "***" is not valid JSON`],
  [`git clone https://x:${token}@github.com/a/b`, 'git clone https://***@github.com/a/b'],
  [`key_${token}.`, 'key_***.'],
])('%s becomes %s', (text, masked) => {
  expect(mask.text(text)).toBe(masked);
});

it.each([
  '',
  'GET /api/v1/memories/:id',
  'http://127.0.0.1:8080/api/v1/memories',
  '8f31c2aa-1111-4222-8333-123456789abc',
  '4bf92f3577b34da6a3ce929d0e0e4736',
  'trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7',
  'trace 4bf92f3577b34da6a3ce929d0e0e4736',
  'request_id: 8f31c2aa-1111-4222-8333-123456789abc',
  'cache key 8f31c2aa-1111-4222-8333-123456789abc',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '2026-11-21T08:20:50.123Z',
  '2026-11-21 08:20:50.123456',
  'at 1763713136000 for 0.4539578762131234 s',
  '1763713136000000000',
  'version 1.2.3-beta.4, pino@10.1.0',
  'duplicate key value violates unique constraint "notes_pkey"',
  'Missing key user_preferences_2024_v2',
  'Basic authentication is required',
  'Bearer authentication is required',
  "Unexpected token '}'",
  'session: started',
  'tokens_count=12 token_usage=3 max_tokens: 100',
  'user_id=user-17 http.route=/x status: 200',
  '    at Object.handler (file:///srv/node_modules/@fastify/cors/lib/handle-request.js:123:45)',
  'connect ECONNREFUSED 127.0.0.1:5432',
  'SELECT memories',
  'Bücher 本 🎉: 100 %',
  'C:\\Users\\Public\\notes',
  'select id from memories where user_id = $1',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
])('%s stays', (text) => {
  expect(mask.text(text)).toBe(text);
});

it.each([
  '3782 822463 10005',
  '4111 1111 1111 1111',
  '4111111111111111',
  '4222222222222',
  '6304-0000-0000-0000',
  'NL91 ABNA 0417 1643 00',
  'NO9386011117947',
  'pin=1',
  'a@b.co',
  'Basic YWRhOng=',
])('%s is hidden wherever it begins', (secret) => {
  for (const around of ['a', '.', ' ', 'ab ', '9 ', '-']) {
    for (let length = 0; length < 45; length++) {
      const before = `${around.repeat(length).slice(0, length)} `;
      const masked = mask.text(`${before}${secret} z`);
      expect(masked, before).not.toContain(secret);
      expect(masked.startsWith(before.trimEnd()), masked).toBe(true);
    }
  }
});

it('hides by name, whatever the value, and tells an empty one', () => {
  expect(mask.field('password', 'x')).toBe('***');
  expect(mask.field('password', '')).toBe('');
});

describe('names that were added and allowed', () => {
  const own = createMask({
    maskedFields: ['diagnosis', 'home-town'],
    allowedFields: ['support_email', 'token'],
  });
  it.each([
    ['diagnosis', 'flu', '***'],
    ['patient.Diagnosis', 'flu', '***'],
    ['homeTown', 'Paris', '***'],
    ['diagnosisless', 'flu', 'flu'],
    ['supportEmail', 'help@example.com', 'help@example.com'],
    ['other', 'help@example.com', '***'],
    ['token', token, token],
    ['access_token', 'x', '***'],
  ])('%s: %s is told as %s', (name, value, told) => {
    expect(own.field(name, value)).toBe(told);
  });

  it('count in texts too', () => {
    expect(own.text('diagnosis=flu token=abc')).toBe('diagnosis=*** token=abc');
  });
});

describe('64 KB of what is slowest to look through', () => {
  const size = 65_536;
  const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  it.each(
    [
      'a',
      'a.',
      'a-',
      'A',
      '1',
      '1 ',
      '1-',
      ' ',
      'a ',
      '=',
      'a=',
      'a:',
      'password',
      'password=',
      'password:"',
      "password='",
      'password={',
      'password=[',
      '"password":{"',
      '@',
      'a@',
      'a@a.',
      'a.a.a@',
      '://',
      '://a:b',
      '://a:',
      'eyJ',
      'eyJ.',
      '-eyJ-',
      'eyJhbGciOiJIUzI1',
      '-----BEGIN ',
      '-----BEGIN A-----',
      'Bearer ',
      'Bearer a',
      'sk-',
      'ghp_',
      'token ',
      'token is ',
      '4111 ',
      '4111-1111-',
      '4111111111111',
      'AB12 ',
      'AB12',
      '"',
      "'",
      '\\',
      '\\n',
      '%40',
      '%3D',
      '%25',
      ' is not valid JSON',
      '"a is not valid JSON',
      'hooks.slack.com/services/',
      '1234567890:AA',
      'password=a,',
      'password=a,b',
      'cookie:',
      '\u00fc@',
      '_',
    ].map((piece) => [piece]),
  )('%j over and over takes no longer than a text may', (piece) => {
    const texts = [fill(piece), `@=${fill(piece)}`, `${fill(piece)}@x.yz password=1 Bearer 1234567a`];
    const startMs = performance.now();
    for (const text of texts) mask.text(text);
    expect(performance.now() - startMs).toBeLessThan(1500);
  });
});
