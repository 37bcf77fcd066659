import type { AsyncLocalStorage } from 'node:async_hooks';
import { DatabaseError, NetworkError } from '../errors.ts';
import type { Deadline } from './deadline.ts';

/**
 * What several wait for that PostgreSQL is asked: it is nobody's, and has the time that its calls have by themselves,
 * while each who waits for it does so within the time of the own request. Without, whoever has time enough would fail
 * with the one who happened to ask first.
 */
export class SharedWork {
  readonly #deadlines: AsyncLocalStorage<Deadline> | undefined;

  /** `deadlines`: of the requests; left out, nobody is kept from waiting. */
  constructor(deadlines?: AsyncLocalStorage<Deadline>) {
    this.#deadlines = deadlines;
  }

  begin<T>(work: () => Promise<T>): Promise<T> {
    return this.#deadlines ? this.#deadlines.exit(work) : work();
  }

  /** @throws DatabaseError when the time of the request is over, or what `work` throws */
  async wait<T>(work: () => Promise<T>): Promise<T> {
    const within = this.#deadlines?.getStore();
    if (!within) return work();
    try {
      return await within.race('postgres', work);
    } catch (error) {
      throw error instanceof NetworkError ? new DatabaseError(error) : error;
    }
  }
}
