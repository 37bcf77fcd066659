/**
 * What may not leave the process, by the name of its field and by its shape: tokens, keys, passwords, e-mail addresses,
 * card numbers. Every text that is recorded passes through here.
 */
export interface Mask {
  /** `value` of the field `name`, masked as a whole by the name or in parts by shape. */
  field(name: string, value: string): string;
  /** A text without a name (a message, a stack): masked in parts, by shape. */
  text(value: string): string;
  /** The name alone says that its value is secret, whatever it is and whatever stands below it. */
  hides(name: string): boolean;
}

/** What stands in the place of a secret. */
export const hidden = '***';
