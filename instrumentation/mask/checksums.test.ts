import { expect, it } from 'vitest';
import { isCardNumber, isIban } from './checksums.ts';

/** Numbers that payment networks and ISO 13616 give as examples. */
it.each([
  ['4111111111111111', true],
  ['4222222222222', true],
  ['5555 5555 5555 4444', true],
  ['2223-0031-2200-3222', true],
  ['378282246310005', true],
  ['30569309025904', true],
  ['6011111111111117', true],
  ['3530111333300000', true],
  ['6304000000000000', true],
  ['4111111111111112', false],
  ['1763713136000', false],
  ['1111111111111117', false],
  ['411111111111111', false],
])('%s is a card: %s', (text, is) => {
  expect(isCardNumber(text)).toBe(is);
});

it.each([
  ['DE89370400440532013000', true],
  ['GB29 NWBK 6016 1331 9268 19', true],
  ['NL91ABNA0417164300', true],
  ['NO9386011117947', true],
  ['DE89370400440532013001', false],
  ['DE89', false],
])('%s is an IBAN: %s', (text, is) => {
  expect(isIban(text)).toBe(is);
});
