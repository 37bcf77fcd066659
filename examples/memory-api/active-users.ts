import { channels, tell } from './events.ts';

/** A user counts as active for this long after a request. */
const windowMs = 5 * 60_000;
/** More users than this are not told apart: memory stays bounded, the number stops here. */
const mostUsers = 10_000;
const tellEveryMs = 5000;

/** How many users there were in the last five minutes, published when there is a new one and every few seconds. */
export class ActiveUsers {
  /** When each was seen last, the longest ago first. */
  readonly #seenAtMs = new Map<string, number>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Does not keep the process alive. */
  start(): void {
    this.#timer = setInterval(() => this.publish(), tellEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  saw(userId: string): void {
    if (!channels.activeUsers.hasSubscribers) return;
    const isNew = !this.#seenAtMs.delete(userId);
    if (isNew && this.#seenAtMs.size >= mostUsers) return;
    this.#seenAtMs.set(userId, this.#now());
    if (isNew) this.publish();
  }

  publish(): void {
    this.#forget();
    tell(channels.activeUsers, () => ({ users: this.#seenAtMs.size }));
  }

  #forget(): void {
    const sinceMs = this.#now() - windowMs;
    for (const [userId, seenAtMs] of this.#seenAtMs) {
      if (seenAtMs > sinceMs) return;
      this.#seenAtMs.delete(userId);
    }
  }
}
