import { begin, type Levers } from './begin.ts';
import { type End, type NodeFault, Refusal, within } from './fault.ts';

/** Nothing that a run needs lasts longer. */
const longestMs = 3_600_000;

/** The faults of this process. Each ends when it is healed, when its time is over, or with all others. */
export class InForce {
  readonly #levers: Levers;
  readonly #ends = new Map<string, { kind: string; end: End }>();

  constructor(levers: Levers) {
    this.#levers = levers;
  }

  /**
   * @param forMs when it ends by itself
   * @param over called when it has; not when it was healed
   * @throws Refusal
   */
  async add(id: string, fault: NodeFault | undefined, forMs: unknown, over: () => void): Promise<void> {
    const lastsMs = within('forMs', forMs, 1, longestMs);
    if (typeof fault?.kind !== 'string') throw new Refusal('expected a fault with its kind, got none');
    const { kind } = fault;
    if ([...this.#ends.values()].some((it) => it.kind === kind))
      throw new Refusal(`expected one ${kind} at a time, got a second one`);
    const starting = begin(fault, this.#levers);
    const timer = setTimeout(() => void this.heal(id).then(over, over), lastsMs).unref();
    const end = async () => {
      clearTimeout(timer);
      await (await starting.catch(() => undefined))?.();
    };
    this.#ends.set(id, { kind, end });
    try {
      await starting;
    } catch (error) {
      await this.heal(id);
      throw error;
    }
  }

  /** That it is over already is no error. */
  async heal(id: string): Promise<void> {
    const it = this.#ends.get(id);
    this.#ends.delete(id);
    await it?.end();
  }

  async healAll(): Promise<void> {
    await Promise.all([...this.#ends.keys()].map((id) => this.heal(id)));
  }
}
