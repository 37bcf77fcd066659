import { messageOf } from '../kit/checks.ts';
import { Loki } from '../kit/loki.ts';
import { Prometheus, type Sample, type Series } from '../kit/prometheus.ts';
import type { Addresses } from '../kit/settings.ts';
import type { Window } from './window.ts';

/** Prometheus and Loki, of which each may be away: then there is nothing of it, and it is told once. */
export class Sources {
  readonly #prometheus: Prometheus;
  readonly #loki: Loki;
  readonly #missing = new Map<'Prometheus' | 'Loki', string>();

  constructor({ prometheus, loki }: Pick<Addresses, 'prometheus' | 'loki'>) {
    this.#prometheus = new Prometheus(prometheus);
    this.#loki = new Loki(loki);
  }

  /** A sentence for each that did not answer. */
  get missing(): string[] {
    return [...this.#missing.values()];
  }

  samples(query: string, atMs: number): Promise<Sample[]> {
    return this.#asked('Prometheus', [], () => this.#prometheus.at(query, atMs));
  }

  /** The one value; undefined where there is none. */
  async value(query: string, atMs: number): Promise<number | undefined> {
    const [sample] = await this.samples(query, atMs);
    return sample && Number.isFinite(sample.value) ? sample.value : undefined;
  }

  series(query: string, window: Window): Promise<Series[]> {
    const { startMs, endMs, stepMs } = window;
    // The value at the end of a slice is that of the slice.
    const range = { startMs: startMs + stepMs, endMs, stepMs };
    return this.#asked('Prometheus', [], () => this.#prometheus.over(query, range));
  }

  /** Undefined when Loki is away: that nothing was slow is another thing than that nobody knows. */
  logSamples(query: string, atMs: number): Promise<Sample[] | undefined> {
    return this.#asked('Loki', undefined, () => this.#loki.at(query, atMs));
  }

  async #asked<R>(name: 'Prometheus' | 'Loki', nothing: R, ask: () => Promise<R>): Promise<R> {
    if (this.#missing.has(name)) return nothing;
    try {
      return await ask();
    } catch (error) {
      this.#missing.set(name, `${name}: ${messageOf(error)}`);
      return nothing;
    }
  }
}
