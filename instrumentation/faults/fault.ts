/**
 * What the harness may ask for, as it comes over the control channel. The harness has checked the values; they are
 * checked again here, by hand, because this is somebody else's process.
 */
export type NodeFault =
  | { kind: 'block-event-loop'; blockMs: number; everyMs: number }
  | { kind: 'allocate-heap'; sizeMb: number }
  | { kind: 'burn-cpu'; cores: number }
  | { kind: 'slow-dns'; latencyMs: number; names?: readonly string[] }
  | { kind: 'fail-dns'; code: string; names?: readonly string[] }
  | { kind: 'skew-clock'; skewMs: number };

/** Ends a fault that is in force. Called once. */
export type End = () => void | Promise<void>;

/** Why a fault was not put in force, for the harness to tell. */
export class Refusal extends Error {
  override name = 'Refusal';
}

/** @throws Refusal when the value is not a number between the two, both included. */
export function within(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new Refusal(`expected ${name} between ${least} and ${most}, got ${JSON.stringify(value)}`);
}
