import { isCardNumber, isIban } from './checksums.ts';
import { hidden } from './mask.ts';
import type { FieldNames } from './names.ts';

/**
 * How keys and tokens begin, as their issuers document it, and how much must follow. Nothing here is repeated without a
 * bound: a run of characters is looked through once.
 */
const prefixes = new RegExp(
  `(?:^|[^A-Za-z0-9])(?:${[
    'eyJ[\\w-]{12}',
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12}',
    'AIza[\\w-]{20}',
    'ya29\\.[\\w-]{12}',
    'GOCSPX-[\\w-]{12}',
    'gh[pousr]_[A-Za-z0-9]{16}',
    'github_pat_\\w{16}',
    'gl(?:pat|dt|rt|ptt|cbt|ft|soat|agent|imt|oas|ffct)-[\\w-]{12}',
    'glsa_\\w{16}',
    'xox[a-z]-[\\w-]{10}',
    'xapp-[\\w-]{10}',
    '(?:sk|rk)_(?:live|test)_\\w{10}',
    'whsec_\\w{12}',
    'sk-[\\w-]{16}',
    'gsk_\\w{16}',
    'xai-\\w{16}',
    'pplx-\\w{16}',
    'npm_[A-Za-z0-9]{16}',
    'pypi-[\\w-]{12}',
    'SG\\.[\\w-]{10}',
    '(?:SK|key-)[0-9a-f]{32}',
    'hf_[A-Za-z0-9]{16}',
    'hv[sbr]\\.[\\w-]{12}',
    'do[opr]_v1_[0-9a-f]{16}',
    'dp\\.[a-z]{2,5}\\.[\\w-]{12}',
    'shp(?:at|ca|pa|ss)_\\w{16}',
    'sq0[a-z]{3}-[\\w-]{12}',
    'EAAC[A-Za-z0-9]{16}',
    'NRAK-\\w{16}',
    'dapi[0-9a-f]{16}',
    'ATATT[\\w-]{12}',
    'lin_api_\\w{12}',
    'figd_[\\w-]{12}',
    'PMAK-[\\w-]{12}',
    'AGE-SECRET-KEY-1\\w{12}',
  ].join('|')})`,
);

const scheme = /\b(Bearer|Basic|Digest|Negotiate|ApiKey)[ +]([\w.~+/=-]{6,})/gi;
const run = /[\w-]+(?:[.+=~]+[\w-]+)*=*/g;
const pemBlock = /-----BEGIN[A-Z0-9 %+_]{1,60}-----[\s\S]*?(?:-----END[A-Z0-9 %+_]{1,60}-----|$)/g;
const webhook =
  /(hooks\.slack\.com\/(?:services|workflows)\/|discord(?:app)?\.com\/api\/webhooks\/)[\w/-]{8,}/g;
const telegram = /(?<!\d)\d{8,10}:AA[\w-]{30,}/g;
const card =
  /(?<![A-Za-z0-9+]|\d[.-])[2-6]\d{3}(?:\d{9,15}|([ -])\d{4,6}\1\d{4,5}(?:\1\d{1,4}(?:\1\d{1,3})?)?)(?![A-Za-z0-9]|[.-]\d)/g;
const iban = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g;
/** A word that may be the name of a secret, then a long run, with little between. */
const told =
  /(?<![\w.-])([A-Za-z][\w.-]*)((?: (?:is|was|of|for|id|value|hash))?["'`]?(?: ?[:=] ?|[ (<["'`]){1,3})([A-Za-z0-9+/_-]{16,}={0,2})/g;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Keys, tokens, PEM blocks, card numbers, IBANs, and long random text behind a telling name. */
export function maskTokens(text: string, names: FieldNames): string {
  return text
    .replace(pemBlock, hidden)
    .replace(scheme, (all, name: string, value: string) =>
      /\d|.[A-Z]|=/.test(value) ? `${name} ${hidden}` : all,
    )
    .replace(webhook, `$1${hidden}`)
    .replace(telegram, hidden)
    .replace(run, maskRun)
    .replace(told, (all, name: string, _between: string, value: string, offset: number) =>
      looksRandom(value) && isTelling(name, value, text, offset, names)
        ? all.slice(0, -value.length) + hidden
        : all,
    )
    .replace(card, (number) => (isCardNumber(number) ? hidden : number))
    .replace(iban, maskIban);
}

/** A word, a segment or a name that holds a key or token of a known issuer. */
export function isKey(text: string): boolean {
  return prefixes.test(text);
}

/** A run that holds a key is hidden from the key's first character to the run's end. */
function maskRun(text: string): string {
  if (text.length < 15) return text;
  const found = prefixes.exec(text);
  if (!found) return text;
  const start = /^[A-Za-z0-9]/.test(found[0]) ? found.index : found.index + 1;
  return text.slice(0, start) + hidden;
}

/** Hexadecimal, or capitals, small letters and digits mixed, as no word is. */
function looksRandom(text: string): boolean {
  if (!/\d/.test(text)) return false;
  return /^[0-9a-f-]+$/i.test(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text));
}

function isTelling(name: string, value: string, text: string, offset: number, names: FieldNames): boolean {
  if (names.verdict(name) === 'secret') return true;
  const before = /([A-Za-z]+) $/.exec(text.slice(Math.max(0, offset - 24), offset));
  if (before && names.verdict(`${before[1]}_${name}`) === 'secret') return true;
  return /^keys?$/i.test(name) && !uuid.test(value);
}

/** Blanks may have joined the next word to the number. */
function maskIban(text: string): string {
  for (let end = text.length; end > 14; end = text.lastIndexOf(' ', end - 1)) {
    if (isIban(text.slice(0, end))) return hidden + text.slice(end);
  }
  return text;
}
