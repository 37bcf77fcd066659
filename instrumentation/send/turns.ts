import { harmless } from '../harmless.ts';
import { setImmediate } from './clock.ts';

/**
 * One thing in each turn of the event loop: the service has its own in between. An immediate holds the process for a turn;
 * one that does not would wait for the next event.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #runs = false;
  /** Nobody above catches: what throws here would end the service. */
  readonly #next = harmless('sending telemetry', () => this.#waiting.shift()?.());

  take(run: () => void): void {
    this.#waiting.push(run);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#runs || this.#waiting.length === 0) return;
    this.#runs = true;
    setImmediate(() => {
      this.#runs = false;
      this.#next();
      this.#goOn();
    });
  }
}
