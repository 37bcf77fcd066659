import { expect, it } from 'vitest';
import { maskDatabaseError } from './database-error.ts';

it.each([
  [
    'duplicate key value violates unique constraint "notes_pkey"',
    'duplicate key value violates unique constraint "notes_pkey"',
  ],
  ['Key (email)=(a@b.co) already exists.', 'Key (email)=(?) already exists.'],
  [
    'Key (a, b)=(1, x(y) z) is not present in table "users".',
    'Key (a, b)=(?) is not present in table "users".',
  ],
  ['invalid input syntax for type integer: "secret"', 'invalid input syntax for type integer: "?"'],
  ['invalid input syntax for type json: "{"a": "secret"}"', 'invalid input syntax for type json: "?"'],
  ['value "99999999999" is out of range for type integer', 'value "?" is out of range for type integer'],
  ['syntax error at or near "secret"', 'syntax error at or near "?"'],
  ['unterminated quoted string at or near "\'secret', 'unterminated quoted string at or near "?'],
  ['value too long for type character varying(20)', 'value too long for type character varying(20)'],
  ['relation "notes" does not exist', 'relation "notes" does not exist'],
  ['relation "app.notes" does not exist', 'relation "app.notes" does not exist'],
  ['column "x" of relation "t" does not exist', 'column "x" of relation "t" does not exist'],
  ['column "two words" does not exist', 'column "?" does not exist'],
  [
    'null value in column "x" of relation "t" violates not-null constraint',
    'null value in column "x" of relation "t" violates not-null constraint',
  ],
  [
    'new row for relation "t" violates check constraint "c"',
    'new row for relation "t" violates check constraint "c"',
  ],
  ['Failing row contains (1, a)b, secret).', 'Failing row contains (?).'],
  ['function lower(integer) does not exist', 'function lower(integer) does not exist'],
  ['malformed array literal: "{secret"', 'malformed array literal: "?"'],
  ['password authentication failed for user "ada"', 'password authentication failed for user "?"'],
  ['time zone "secret" not recognized', 'time zone "?" not recognized'],
  ["invalid value 'secret' for parameter", "invalid value '?' for parameter"],
  ["can't extend the file", "can't extend the file"],
  ['Relation »notes« existiert nicht', 'Relation »notes« existiert nicht'],
  ['ungültige Eingabe für Typ integer: »secret«', 'ungültige Eingabe für Typ integer: »?«'],
  ['deadlock detected', 'deadlock detected'],
  ['', ''],
])('%s is told as %s', (message, told) => {
  expect(maskDatabaseError(message)).toBe(told);
});

it.each(['"', '(', "'", ': "', '=(', 'relation "'])('%s over and over is read in time', (piece) => {
  const startMs = performance.now();
  const told = maskDatabaseError(piece.repeat(65_536));
  expect(performance.now() - startMs).toBeLessThan(1000);
  expect(told.length).toBeLessThanOrEqual(3000);
});
