import type { Mask } from '../mask/mask.ts';

/** Fields that a service has in its lines; more than so many are not names but data. */
const mostNames = 500;
const longestValue = 200;
const longestName = 40;

/**
 * `mask`, with the last value of each field remembered: from line to line most fields repeat themselves (the host, the
 * route, the message), and some of those are the costly ones to look through.
 */
export function rememberingMask(mask: Mask): Mask {
  const fields = new Map<string, { value: string; masked: string }>();
  const names = new Map<string, string>();
  return {
    field(name, value) {
      const last = fields.get(name);
      if (last?.value === value) return last.masked;
      const masked = mask.field(name, value);
      if (value.length > longestValue) return masked;
      if (last) {
        last.value = value;
        last.masked = masked;
      } else if (fields.size < mostNames) fields.set(name, { value, masked });
      return masked;
    },
    text(value) {
      const known = names.get(value);
      if (known !== undefined) return known;
      const masked = mask.text(value);
      // Few texts are as short as a name; those that are not are soon too many to be remembered.
      if (value.length <= longestName && names.size < mostNames) names.set(value, masked);
      return masked;
    },
    hides: (name) => mask.hides(name),
  };
}
