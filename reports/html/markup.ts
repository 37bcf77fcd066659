/** Text that is already HTML. Only `html` makes it, so nothing reaches the page unescaped by accident. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | false | readonly Part[];

/** A template whose values are escaped unless they are markup themselves; lists are joined, nothing is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + inner(values[index - 1]) + part));
}

function inner(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(inner).join('');
  return escaped(String(part));
}

/** For text and for values of attributes in quotes; control characters become visible. */
export function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\ufffd')
      .replace(/[&<>"'`]/g, (it) => `&#${it.charCodeAt(0)};`)
  );
}

/** JSON inside a `<script>`: no `<` can end the element or open a comment. */
export function jsonIsland(value: unknown): Markup {
  return new Markup(
    JSON.stringify(value)
      .replace(/</g, '\\u003c')
      .replace(/\u2028|\u2029/g, ''),
  );
}

/** An address that may be followed: http and https only, so that no `javascript:` hides behind a link. */
export function followable(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  return /^https?:$/.test(new URL(url).protocol) ? url : undefined;
}
