import type {
  Attributes,
  BatchObservableCallback,
  BatchObservableResult,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api';
import { reason } from '../complain.ts';
import type { Observe } from './metric.ts';

/** An observable instrument of the API: what its callbacks told last is its value. */
export class ObservedInstrument implements Observable {
  readonly #callbacks: Callbacks;

  constructor(callbacks: Callbacks) {
    this.#callbacks = callbacks;
  }

  addCallback(callback: ObservableCallback): void {
    this.#callbacks.add(callback, [this], (tell) =>
      callback({ observe: (value, attributes) => tell(this, value, attributes) }),
    );
  }

  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.remove(callback, [this]);
  }

  readonly observe: Observe = (tell) => {
    for (const { instrument, value, attributes } of this.#callbacks.told())
      if (instrument === this) tell(value, attributes);
  };
}

interface Told {
  readonly instrument: Observable;
  readonly value: number;
  readonly attributes: Attributes | undefined;
}

type Call = (tell: (instrument: Observable, value: number, attributes?: Attributes) => void) => unknown;

/** The callbacks of the observable instruments, which are called before metrics are read. */
export class Callbacks {
  readonly #all: Callback[] = [];
  readonly #tell: (text: string) => void;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  addBatch(callback: BatchObservableCallback, instruments: readonly Observable[]): void {
    const ours = new Set(instruments);
    this.add(callback, instruments, (tell) => {
      const observe: BatchObservableResult['observe'] = (instrument, value, attributes) => {
        if (ours.has(instrument as Observable)) tell(instrument as Observable, value, attributes);
      };
      return callback({ observe });
    });
  }

  add(given: unknown, instruments: readonly Observable[], call: Call): void {
    if (typeof given !== 'function' || this.#find(given, instruments) >= 0) return;
    this.#all.push(new Callback(given, instruments, call, this.#tell));
  }

  remove(given: unknown, instruments: readonly Observable[]): void {
    const index = this.#find(given, instruments);
    if (index >= 0) this.#all.splice(index, 1);
  }

  /** A promise when some of them take time. */
  run(): Promise<unknown> | undefined {
    const running = this.#all.map((callback) => callback.run()).filter((promise) => promise !== undefined);
    return running.length === 0 ? undefined : Promise.all(running);
  }

  *told(): Generator<Told> {
    for (const callback of this.#all) yield* callback.told;
  }

  #find(given: unknown, instruments: readonly Observable[]): number {
    return this.#all.findIndex((callback) => callback.is(given, instruments));
  }
}

/** More is not kept of one call: a metric has no room for it either. */
const mostTold = 10_000;

class Callback {
  /** In the last call that ended. */
  told: readonly Told[] = [];
  readonly #given: unknown;
  readonly #instruments: readonly Observable[];
  readonly #call: Call;
  readonly #tell: (text: string) => void;
  #running = false;
  #failed = false;

  constructor(given: unknown, instruments: readonly Observable[], call: Call, tell: (text: string) => void) {
    this.#given = given;
    this.#instruments = instruments;
    this.#call = call;
    this.#tell = tell;
  }

  is(given: unknown, instruments: readonly Observable[]): boolean {
    if (given !== this.#given || instruments.length !== this.#instruments.length) return false;
    return instruments.every((instrument) => this.#instruments.includes(instrument));
  }

  /** Never throws, never rejects. One that has not ended yet is neither called again nor waited for again. */
  run(): Promise<void> | undefined {
    if (this.#running) return undefined;
    let open = true;
    const told: Told[] = [];
    const end = () => {
      open = false;
      this.#running = false;
      this.told = told;
    };
    const fail = (error: unknown) => {
      end();
      this.#complain(error);
    };
    try {
      const result = this.#call((instrument, value, attributes) => {
        if (open && told.length < mostTold) told.push({ instrument, value, attributes });
      });
      if (isPromise(result)) {
        this.#running = true;
        return Promise.resolve(result).then(end, fail);
      }
      end();
    } catch (error) {
      fail(error);
    }
    return undefined;
  }

  #complain(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#tell(`a callback of an observed metric failed (told once): ${reason(error)}`);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}
