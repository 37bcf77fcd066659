import { describe, expect, it } from 'vitest';
import { lineShape } from './line-shape.ts';
import { shapeLine } from './log-line.ts';

const atMs = Date.UTC(2026, 10, 21, 8, 0, 0, 250);
const at = '2026-11-21T08:00:00.250Z';
const origin = { service: 'memory-api', version: '1.2.3' };
const shape = lineShape({ ...origin, maskedFields: ['tenant'], allowedFields: ['token'] } as never);
const shaped = (text: string) => shapeLine({ text, atMs }, shape);

describe('a line under the names of the log format', () => {
  it.each<[string, object, object]>([
    [
      'as pino writes it',
      { level: 30, time: atMs, pid: 1, msg: 'hi' },
      { level: 'info', message: 'hi', pid: 1 },
    ],
    ['with a time in ISO 8601', { level: 40, time: at, msg: 'hi' }, { level: 'warn', message: 'hi' }],
    ['with a time in seconds', { level: 40, time: atMs / 1000, msg: 'hi' }, { level: 'warn', message: 'hi' }],
    [
      'that has the names',
      { timestamp: at, level: 'error', message: 'hi' },
      { level: 'error', message: 'hi' },
    ],
    ['without a time', { level: 20, msg: 'hi' }, { level: 'debug', message: 'hi' }],
    ['with a time that is none', { level: 20, time: 'noon', msg: 'hi' }, { level: 'debug', message: 'hi' }],
    ['with a time beyond all', { level: 20, time: 1e300, msg: 'hi' }, { level: 'debug', message: 'hi' }],
    ['with both messages', { level: 30, msg: 'a', message: 'b' }, { level: 'info', message: 'b', msg: 'a' }],
    ['without a message', { level: 30 }, { level: 'info', message: '' }],
    ['with a message that is no text', { msg: { a: 1 } }, { level: 'info', message: '{"a":1}' }],
    [
      'that names another service',
      { msg: '', service: 'x', version: '9' },
      { level: 'info', message: '', service: 'x', version: '9' },
    ],
    [
      'with fields within fields',
      { msg: '', a: { b: [1, { c: null }] } },
      { level: 'info', message: '', a: { b: [1, { c: null }] } },
    ],
    ['with a level of its own', { level: 'audit', msg: 'hi' }, { level: 'audit', message: 'hi' }],
  ])('%s', (_, written, expected) => {
    expect(shaped(JSON.stringify(written)).fields).toEqual({ timestamp: at, ...origin, ...expected });
  });

  it.each(['plain text', '[1]', '"text"', 'null', '7', '{"cut', '', '['.repeat(60_000)])(
    'no object: %#',
    (text) => {
      expect(shaped(text).fields).toEqual({ timestamp: at, level: 'info', message: text, ...origin });
    },
  );

  it('nested too deeply to be looked through, it is not told beyond a depth', () => {
    const { fields } = shaped(`{"msg":"hi","a":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`);
    expect(JSON.stringify(fields).length).toBeLessThan(400);
  });

  it('has a field that is named like the prototype', () => {
    const { fields } = shaped('{"msg":"hi","__proto__":{"message":"evil"}}');
    expect(JSON.parse(JSON.stringify(fields))).toHaveProperty('message', 'hi');
    expect(JSON.stringify(fields)).toContain('"__proto__":{"message":"evil"}');
  });
});

describe('the level that a line is sorted under', () => {
  it.each<[unknown, string]>([
    [10, 'trace'],
    [35, 'info'],
    [59, 'error'],
    [60, 'fatal'],
    [1000, 'fatal'],
    [5, 'trace'],
    [-1, 'trace'],
    ['WARN', 'warn'],
    ['warning', 'warn'],
    ['constructor', 'info'],
    ['whatever', 'info'],
    [{ a: 1 }, 'info'],
    [undefined, 'info'],
  ])('%s is %s', (level, expected) => {
    expect(shaped(JSON.stringify({ level, msg: 'hi' })).level).toBe(expected);
  });
});

describe('nothing secret is told', () => {
  it.each<[string, object]>([
    ['in a field by its name', { password: 'hunter2-canary' }],
    ['in a number by its name', { pin: 'canary', password: 1234567 }],
    ['in a field within a field', { user: { apiKey: 'canary' } }],
    ['in a list below its name', { cookies: ['canary'] }],
    ['in the message', { msg: 'login with password=canary' }],
    [
      'in an error',
      { err: { type: 'Error', message: 'password=canary', stack: 'Error: password=canary\n at x' } },
    ],
    ['in a field that the settings name', { tenant: 'canary' }],
    ['in the level', { level: 'password=canary' }],
    ['in a name', { 'password=canary': 1 }],
    ['after the same field held nothing secret', { note: 'password=canary' }],
  ])('%s', (_, fields) => {
    shaped('{"note":"fine"}');
    const text = JSON.stringify(shaped(JSON.stringify({ level: 30, msg: 'hi', ...fields })).fields);
    expect(text).not.toContain('canary');
    expect(text).not.toContain('1234567');
    expect(text).toContain('***');
  });

  it('but what the settings allow', () => {
    expect(shaped('{"token":"abc"}').fields).toMatchObject({ token: 'abc' });
  });

  it('in a text that is no JSON', () => {
    expect(shaped('password=canary').fields.message).toBe('password=***');
  });
});
