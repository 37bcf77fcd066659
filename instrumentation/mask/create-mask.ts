import { maskAddresses } from './addresses.ts';
import { hidden, type Mask } from './mask.ts';
import { maskNamed } from './named.ts';
import { FieldNames } from './names.ts';
import { suspected, suspects } from './suspects.ts';
import { maskTokens } from './tokens.ts';

export interface MaskSettings {
  /** Names that are secret besides those that are known: also as a part of a name, at the boundaries of its words. */
  readonly maskedFields: readonly string[];
  /** Names whose values are told as they are, whatever their name and shape. */
  readonly allowedFields: readonly string[];
}

export function createMask({ maskedFields, allowedFields }: MaskSettings): Mask {
  const names = new FieldNames(maskedFields, allowedFields);
  const text = (value: string) => maskText(value, names, mostWrappings);
  return {
    text,
    field(name, value) {
      const verdict = names.verdict(name);
      if (verdict === 'ordinary') return text(value);
      return verdict === 'secret' && value !== '' ? hidden : value;
    },
    hides: (name) => names.verdict(name) === 'secret',
  };
}

/** JSON text within a URL within JSON text is as deep as it gets. */
const mostWrappings = 3;
const escapes = /%([2-7][0-9a-f])|\\u00([2-7][0-9a-f])|\\([nrt"'/\\])/gi;

/**
 * Masked as it stands, then once more as it reads without its escapes: `\"password\":\"…` is no pair before. A text that
 * hides something behind escapes is told without them.
 */
function maskText(text: string, names: FieldNames, wrappings: number): string {
  const found = suspects(text, names);
  if (found === 0) return text;
  let masked = text;
  if ((found & suspected.address) !== 0) masked = maskAddresses(masked);
  if ((found & suspected.named) !== 0) masked = maskNamed(masked, names);
  if ((found & suspected.token) !== 0) masked = maskTokens(masked, names);
  if ((found & suspected.escaped) === 0 || wrappings === 0) return masked;
  const bare = masked.replace(escapes, unescaped);
  const maskedBare = bare === masked ? bare : maskText(bare, names, wrappings - 1);
  return maskedBare === bare ? masked : maskedBare;
}

function unescaped(_: string, ofUrl?: string, ofJson?: string, sign?: string): string {
  const code = ofUrl ?? ofJson;
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  return { n: '\n', r: '\r', t: '\t' }[sign as string] ?? (sign as string);
}
