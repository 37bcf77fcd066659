import { setTimeout as wait } from 'node:timers/promises';
import { Deadline } from '../resilience/deadline.ts';
import type { BatchEmbedder } from './http-embedder.ts';
import { ProviderError } from './provider-error.ts';

/** A memory that was stored while there was no embedding to be had. */
export interface PendingMemory {
  id: string;
  content: string;
}

/** Where they wait. */
export interface PendingStore<M extends PendingMemory = PendingMemory> {
  /** In an order that stays. */
  pending(limit: number): Promise<M[]>;
  /** Does nothing, and says false, when the memory is gone, has other content by now, or an embedding already. */
  embed(memory: M, embedding: readonly number[]): Promise<boolean>;
}

export interface PendingOptions {
  /** How many are taken and embedded at once. */
  batchSize: number;
  /** Longest time for one batch. */
  batchDeadlineMs: number;
  /** Pause after a round that went well. */
  pauseMs: number;
  /** After each round that failed, or embedded nothing of what it found, the pause is twice as long, up to this. */
  longestPauseMs: number;
}

export const defaultPendingOptions: PendingOptions = {
  batchSize: 32,
  batchDeadlineMs: 30_000,
  pauseMs: 5000,
  longestPauseMs: 60_000,
};

/** What became of those that were pending. */
export interface Round {
  embedded: number;
  /** Written anew or deleted meanwhile. */
  outdated: number;
  /** That the provider does not want to embed; they stay pending, and do not hold up others. */
  refused: number;
  /** Why the round ended early: the provider or the store is away. */
  error?: unknown;
}

/** Embeds later what could not be embedded when it was written. */
export class PendingEmbeddings<M extends PendingMemory = PendingMemory> {
  readonly #store: PendingStore<M>;
  readonly #embedder: BatchEmbedder;
  readonly #options: PendingOptions;
  readonly #onRound: (round: Round) => void;

  constructor(
    store: PendingStore<M>,
    embedder: BatchEmbedder,
    options = defaultPendingOptions,
    onRound: (round: Round) => void = () => {},
  ) {
    this.#store = store;
    this.#embedder = embedder;
    this.#options = options;
    this.#onRound = onRound;
  }

  /** Round after round until `signal` is aborted; then it ends what it was at, and returns. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    let pauseMs = this.#options.pauseMs;
    while (!signal.aborted) {
      const round = await this.embedPending(signal);
      if (signal.aborted) return;
      pauseMs = pauseAfter(round, pauseMs, this.#options);
      await wait(jittered(pauseMs), undefined, { signal }).catch(() => {});
    }
  }

  /** Goes once through all that are pending. Never throws. */
  async embedPending(signal: AbortSignal): Promise<Round> {
    const round: Round = { embedded: 0, outdated: 0, refused: 0 };
    const left = new Set<string>();
    try {
      while (!signal.aborted) {
        const batch = await this.#next(left);
        if (batch.length === 0) break;
        await this.#embed(batch, round, left, signal);
      }
    } catch (error) {
      if (!signal.aborted) round.error = error;
    }
    this.#onRound(round);
    return round;
  }

  /** Those that this round left pending come first again, so it asks for as many more. */
  async #next(left: ReadonlySet<string>): Promise<M[]> {
    const { batchSize } = this.#options;
    const pending = await this.#store.pending(batchSize + left.size);
    return pending.filter(({ id }) => !left.has(id)).slice(0, batchSize);
  }

  /** One text that the provider refuses spoils its whole batch, so a batch that was refused is halved to find it. */
  async #embed(batch: readonly M[], round: Round, left: Set<string>, signal: AbortSignal): Promise<void> {
    let embeddings: number[][];
    try {
      embeddings = await this.#ask(batch, signal);
    } catch (error) {
      if (!(error instanceof ProviderError && error.refusesText)) throw error;
      if (batch.length === 1) {
        round.refused += 1;
        left.add(batch[0]!.id);
        return;
      }
      const half = Math.ceil(batch.length / 2);
      await this.#embed(batch.slice(0, half), round, left, signal);
      return this.#embed(batch.slice(half), round, left, signal);
    }
    for (const [at, memory] of batch.entries()) {
      // What is left of the batch stays pending; each of them takes a statement, which may be slow.
      if (signal.aborted) return;
      const kept = await this.#store.embed(memory, embeddings[at]!);
      round[kept ? 'embedded' : 'outdated'] += 1;
      if (!kept) left.add(memory.id);
    }
  }

  async #ask(batch: readonly M[], signal: AbortSignal): Promise<number[][]> {
    using deadline = new Deadline(this.#options.batchDeadlineMs, signal);
    const contents = batch.map(({ content }) => content);
    return await this.#embedder.embedAll(contents, deadline);
  }
}

/** Longer and longer while nothing gets better. */
export function pauseAfter(round: Round, lastPauseMs: number, options: PendingOptions): number {
  const nothingBetter = round.error !== undefined || (round.refused > 0 && round.embedded === 0);
  return nothingBetter ? Math.min(lastPauseMs * 2, options.longestPauseMs) : options.pauseMs;
}

/** Half of it is left to chance, so that processes that started together do not ask together. */
function jittered(pauseMs: number): number {
  return pauseMs * (0.5 + Math.random() / 2);
}
