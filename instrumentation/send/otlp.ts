import type { SealedSlot } from '../wire/shelf.ts';

/** Of one scope: its message, and the encoded fields that stand below it. */
interface Scope {
  readonly scope: Uint8Array;
  readonly items: Uint8Array[];
}

/**
 * An Export(Trace|Metrics|Logs)ServiceRequest of one resource. Field numbers are the same in all three:
 *   request.1 = Resource*  { 1 resource, 2 Scope* { 1 scope, 2 items } }
 * https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto/collector
 */
export function frame(resource: Uint8Array, scopes: readonly Scope[]): Buffer {
  const inner = scopes.map(({ scope, items }) => fieldBytes(scope.length) + sum(items));
  const whole = fieldBytes(resource.length) + inner.reduce((total, bytes) => total + fieldBytes(bytes), 0);
  const to = new Frame(fieldBytes(whole));
  to.open(1, whole);
  to.open(1, resource.length);
  to.put(resource);
  scopes.forEach(({ scope, items }, index) => {
    to.open(2, inner[index] as number);
    to.open(1, scope.length);
    to.put(scope);
    for (const item of items) to.put(item);
  });
  return to.bytes;
}

/** The slots of traces or metrics by their scope (see letter.ts for what stands in a slot). */
export function scopesOf(slots: readonly SealedSlot[]): Scope[] {
  const scopes = new Map<string, Scope>();
  for (const { bytes } of slots) {
    const start = 2 + (bytes[0] as number) + (bytes[1] as number) * 256;
    const scope = bytes.subarray(2, start);
    const key = Buffer.from(scope).toString('latin1');
    const found = scopes.get(key) ?? { scope, items: [] };
    scopes.set(key, found);
    found.items.push(bytes.subarray(start));
  }
  return [...scopes.values()];
}

class Frame {
  readonly bytes: Buffer;
  #position = 0;

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafe(bytes);
  }

  open(field: number, length: number): void {
    this.bytes[this.#position++] = field * 8 + 2;
    let rest = length;
    for (; rest > 0x7f; rest >>>= 7) this.bytes[this.#position++] = (rest & 0x7f) | 0x80;
    this.bytes[this.#position++] = rest;
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#position);
    this.#position += bytes.length;
  }
}

/** Of a field with `length` bytes in it: tag and length included. */
function fieldBytes(length: number): number {
  let bytes = 2;
  for (let rest = length; rest > 0x7f; rest >>>= 7) bytes++;
  return bytes + length;
}

function sum(parts: readonly Uint8Array[]): number {
  return parts.reduce((total, { length }) => total + length, 0);
}
