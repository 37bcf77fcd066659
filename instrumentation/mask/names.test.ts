import { expect, it } from 'vitest';
import { FieldNames, inWords } from './names.ts';

const names = new FieldNames([], []);
const listed = (text: string) => text.trim().split(/\s+/);

it.each(
  listed(`
  password PASSWORD passwd pwd userPassword user_password user-password DBPASSWD2 db.password password_hash pass smtp_pass
  passphrase passcode secret clientSecret client-secret client_secret CLIENT_SECRET secretKey secrets aws_secret_access_key
  token accessToken access_token access-token refreshTokens id_token authToken x-auth-token csrfToken token2 jwt bearer
  apiKey api_key api-key x-api-key X-API-Key apikey API_KEYS privateKey private_key accessKey AccessKeyId signingKey
  authorization Authorization proxy-authorization http.request.header.authorization auth cookie cookies Set-Cookie setCookie
  http.response.header.set-cookie session sessionId session_id sessionid session.id sid connect.sid PHPSESSID JSESSIONID
  credential credentials userCredentials connectionString connection_string dsn SENTRY_DSN card cardNumber card_number
  creditCard credit-card cvv cvv2 cvc ssn otp totp pin pinCode iban email emailAddress e-mail account_number mnemonic
  recoveryCodes verification_code signature X-Amz-Signature`).map((name) => [name]),
)('%s is secret', (name) => {
  expect(names.verdict(name)).toBe('secret');
  expect(names.verdict(name)).toBe('secret');
});

it.each(
  listed(`
  trace_id traceId span_id request_id requestId user_id userId id tokens tokens_count token_count token_usage total_tokens
  prompt_tokens max_tokens paid_tokens gen_ai.usage.input_tokens gen_ai.token.type gen_ai.client.token.usage tokenizer
  http.route url.path url.query http.request.method server.address db.query.text db.collection.name message msg level time
  pid hostname key cache_key foreignKey idempotency_key keyboard monkey secretary pinned spinner mapping discard dashboard
  cardinality passed bypass compass passenger author authored auth_method authType session_count sessionDuration cookie_name
  password_length passwordChangedAt token_expires_in tokenType password_policy code error_code status email_count assigned
  designature number address description principal opinion`).map((name) => [name]),
)('%s is ordinary', (name) => {
  expect(names.verdict(name)).toBe('ordinary');
});

it.each([
  ['X-API-Key', 'x_api_key'],
  ['apiKey', 'api_key'],
  ['APIKey', 'api_key'],
  ['http.request.header.authorization', 'http_request_header_authorization'],
  ['--token', 'token'],
  ['', ''],
])('%s is %s in words', (name, words) => {
  expect(inWords(name)).toBe(words);
});

it('judges names of every length, and any number of them', () => {
  expect(names.verdict(`${'a'.repeat(65_536)}_password`)).toBe('secret');
  expect(names.verdict('A'.repeat(65_536))).toBe('ordinary');
  for (let i = 0; i < 10_000; i++) expect(names.verdict(`field${i}`)).toBe('ordinary');
});
