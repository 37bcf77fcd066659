import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { notSupported } from './not-supported.ts';
import { readSettings } from './read-settings.ts';

const page = readFileSync(new URL('../../docs/preload.md', import.meta.url), 'utf8');
const names = /\b(?:OTEL|ORDEAL)_[A-Z_]+[A-Z]\b/g;

/** Every variable that is read when everything is switched on. */
function readNames(): string[] {
  const read = new Set<string>();
  const everything: NodeJS.ProcessEnv = {
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp,prometheus',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  };
  readSettings(
    new Proxy(everything, {
      get(env, name) {
        read.add(String(name));
        return env[String(name)];
      },
    }),
    undefined,
  );
  return [...read].toSorted();
}

it('every setting stands in the table of docs/preload.md, and no other', () => {
  const table = page
    .slice(page.indexOf('## Settings'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => line.split('|')[1]?.match(names) ?? []);
  expect(table.toSorted()).toEqual(readNames());
});

it('what the text names is a setting', () => {
  expect(new Set(page.match(names))).toEqual(new Set(readNames()));
});

it('what is not supported stands in a table of its own, with what is done instead', () => {
  const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(', ');
  const table = page
    .slice(page.indexOf('### Not supported'))
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const rows = notSupported.map(
    ({ names, instead, same = [] }) => `| ${code(names)} | ${code(same)} | ${instead} |`,
  );
  expect(table).toEqual(rows);
});
