/**
 * Lengths and first digits of the networks' card numbers (ISO/IEC 7812): without them every tenth long number, also a
 * time in milliseconds, would pass Luhn's check.
 */
const networks =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,16}|(?:6\d|35|5[06-8])\d{11,17})$/;

export function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  return networks.test(digits) && luhn(digits);
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit;
  }
  return sum % 10 === 0;
}

/** ISO 13616: the country moved to the end, letters as numbers from 10, the rest of the division by 97 is 1. */
export function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '');
  if (compact.length < 15 || compact.length > 34) return false;
  let rest = 0;
  for (const sign of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
