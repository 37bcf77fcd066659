import { describe, expect, it } from 'vitest';
import { createMask } from './create-mask.ts';
import { maskRecord } from './mask-record.ts';
import { canaries, inText } from './testing/canaries.ts';

const mask = createMask({ maskedFields: [], allowedFields: ['support'] });

it.each([
  [
    'a line',
    { level: 30, msg: 'done', ok: true, none: null, n: 1.5 },
    { level: 30, msg: 'done', ok: true, none: null, n: 1.5 },
  ],
  ['a secret text', { password: 'x', user: 'ada' }, { password: '***', user: 'ada' }],
  ['a secret number', { pin: 1234 }, { pin: '***' }],
  ['a secret list', { tokens: ['x'], secrets: ['x', 'y'] }, { tokens: ['x'], secrets: '***' }],
  ['what stands below a secret name', { credentials: { user: 'ada', deep: [1] } }, { credentials: '***' }],
  ['what says nothing', { password: null, secret: false }, { password: null, secret: false }],
  [
    'a deep name',
    { a: { b: [{ c: { apiKey: 'x', n: 1 } }] } },
    { a: { b: [{ c: { apiKey: '***', n: 1 } }] } },
  ],
  ['a shape in a list', { to: ['ada@example.com', 'x'] }, { to: ['***', 'x'] }],
  ['a card as a number', { ref: 4000056655665556 }, { ref: '***' }],
  ['a time as a number', { at: 1763713136000 }, { at: 1763713136000 }],
  ['a shape as a key', { 'ada@example.com': 1 }, { '***': 1 }],
  ['raw headers', { raw: ['Host', 'x', 'Cookie', 'a=b'] }, { raw: ['Host', 'x', 'Cookie', '***'] }],
  ['an entry', { entries: [['password', 'x']] }, { entries: [['password', '***']] }],
  [
    'a label',
    { header: { name: 'Authorization', value: 'x' } },
    { header: { name: 'Authorization', value: '***' } },
  ],
  [
    'an allowed name',
    { support: 'a@b.co', x: { support: ['a@b.co'] } },
    { support: 'a@b.co', x: { support: ['a@b.co'] } },
  ],
  ['secrets below an allowed name', { support: { email: 'a@b.co' } }, { support: { email: '***' } }],
  ['an empty text', { password: '' }, { password: '' }],
])('%s', (_, record, masked) => {
  expect(maskRecord(mask, record)).toEqual(masked);
});

it.each([
  ['text', 'a@b.co', '***'],
  ['number', 1, 1],
  ['list', ['a@b.co'], ['***']],
  ['null', null, null],
])('a %s by itself', (_, value, masked) => {
  expect(maskRecord(mask, value)).toEqual(masked);
});

it('leaves the original as it is', () => {
  const record = { password: 'x', below: { token: 'y' } };
  maskRecord(mask, record);
  expect(record).toEqual({ password: 'x', below: { token: 'y' } });
});

it('does not tell what is too deep', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`);
  expect(JSON.stringify(maskRecord(mask, deep))).toBe(`${'{"a":'.repeat(12)}"***"${'}'.repeat(12)}`);
  expect(maskRecord(mask, { a: { b: 'x' } }, 1)).toEqual({ a: '***' });
});

it('takes __proto__ for a name', () => {
  const masked = maskRecord(mask, JSON.parse('{"__proto__":{"password":"x"},"a":1}'));
  expect(JSON.stringify(masked)).toBe('{"__proto__":{"password":"***"},"a":1}');
  expect(Object.getPrototypeOf(masked)).toBe(Object.prototype);
});

describe.each(canaries)('a $name', (canary) => {
  it('is hidden wherever it stands', () => {
    const text = inText(canary);
    const records = [{ note: text }, { deep: { list: [text, { note: text }] } }, { note: `failed: ${text}` }];
    if (canary.field) records.push({ [canary.field]: canary.value } as never);
    const told = JSON.stringify(records.map((record) => maskRecord(mask, record)));
    for (const marker of canary.markers) expect(told).not.toContain(marker);
  });
});
