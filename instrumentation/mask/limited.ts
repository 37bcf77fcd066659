import type { Mask } from './mask.ts';

/** A mask that also cuts what is longer than `longest` UTF-16 code units: after masking, so that no secret is cut in two. */
export function limited(mask: Mask, longest: number): Mask {
  const cut = (text: string) => (text.length > longest ? text.slice(0, longest) : text);
  return {
    field: (name, value) => cut(mask.field(name, value)),
    text: (value) => cut(mask.text(value)),
    hides: (name) => mask.hides(name),
  };
}
