/**
 * Text for XML 1.0: the five characters of its syntax as references, white space that an attribute would lose
 * too, and whatever XML cannot hold at all (control characters, lone surrogates) as U+FFFD.
 * Source: https://www.w3.org/TR/xml/#charsets
 */
export function xml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"'\t\n\r]/g, (it) => references[it] ?? it)
  );
}

const references: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
