import type { Settings } from './settings.ts';

const hidden = '***';

/** The settings in effect, one line each, without what may be a credential: header values, the token, user info and query of URLs. */
export function printSettings(settings: Settings, say: (text: string) => void): void {
  for (const [name, value] of Object.entries(settings)) {
    if (name === 'problems') continue;
    say(`${name} = ${JSON.stringify(value, hideSecrets)}`);
  }
}

function hideSecrets(key: string, value: unknown): unknown {
  if (key === 'token') return hidden;
  if (key === 'url') return withoutSecrets(String(value));
  if (key !== 'headers') return value;
  return Object.fromEntries(Object.keys(Object(value)).map((name) => [name, hidden]));
}

function withoutSecrets(text: string): string {
  const url = new URL(text);
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, hidden);
  if (url.username || url.password) Object.assign(url, { username: hidden, password: '' });
  return url.href;
}
