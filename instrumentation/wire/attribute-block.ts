import type { AttributeValue } from '@opentelemetry/api';

/** Attributes that many spans share: masked and encoded once, by whoever encodes spans. */
export class AttributeBlock {
  readonly pairs: readonly (readonly [string, AttributeValue])[];
  /** As fields of a span. */
  encoded: Uint8Array | undefined;

  /** What is undefined is left out. */
  constructor(attributes: Readonly<Record<string, AttributeValue | undefined>>) {
    this.pairs = Object.entries(attributes).filter(
      (pair): pair is [string, AttributeValue] => pair[1] !== undefined,
    );
  }
}
