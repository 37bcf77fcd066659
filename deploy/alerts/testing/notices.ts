import { until } from '../../../examples/memory-api/test-servers.ts';
import { type Inbox, messagesTo, type Notice } from './inbox.ts';

/** What has come of alerts at a webhook until now. */
export class Notices {
  readonly #inbox: Inbox;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  /** The first that says it of this alert. */
  first(alertname: string, status: Notice['status']): Notice | undefined {
    return this.#all().find((it) => it.labels.alertname === alertname && it.status === status);
  }

  /** Names of those that came with this status, each once, sorted. */
  names(status: Notice['status']): string[] {
    return [
      ...new Set(this.#all().flatMap((it) => (it.status === status ? [it.labels.alertname!] : []))),
    ].sort();
  }

  /** Until now: what comes later is told from what has come by it. */
  get count(): number {
    return this.#all().length;
  }

  /**
   * Waits until all of these, names or some of their labels, have come with this status; those that were there before `since`,
   * as `count` had it, are not looked at.
   *
   * @throws Error that names those that did not
   */
  async come(wanted: readonly Wanted[], status: Notice['status'], limitMs: number, since = 0): Promise<void> {
    await until(() => {
      const come = this.#all().slice(since);
      const missing = wanted.filter((it) => !come.some((one) => one.status === status && isOf(it, one)));
      if (missing.length > 0)
        throw new Error(`not told of as ${status} within ${seconds(limitMs)}: ${listed(missing)}`);
    }, limitMs);
  }

  /** Waits until everything that came of these was last told to be over. @throws Error that names what was not */
  async end(alertnames: readonly string[], limitMs: number): Promise<void> {
    await until(() => {
      const last = new Map(this.#all().map((it) => [JSON.stringify(it.labels), it]));
      const goingOn = [...last.values()].filter(
        ({ status, labels }) => status === 'firing' && alertnames.includes(labels.alertname!),
      );
      if (goingOn.length > 0)
        throw new Error(
          `not told to be over within ${seconds(limitMs)}: ${listed(goingOn.map(({ labels }) => labels))}`,
        );
    }, limitMs);
  }

  #all(): Notice[] {
    return messagesTo('/webhook', this.#inbox).flatMap(({ alerts }) => alerts);
  }
}

/** An alert by its name, or by those of its labels that matter. */
export type Wanted = string | Readonly<Record<string, string>>;

function isOf(wanted: Wanted, { labels }: Notice): boolean {
  const expected = typeof wanted === 'string' ? { alertname: wanted } : wanted;
  return Object.entries(expected).every(([name, value]) => labels[name] === value);
}

function listed(wanted: readonly Wanted[]): string {
  return wanted.map((it) => (typeof it === 'string' ? it : JSON.stringify(it))).join(', ');
}

function seconds(limitMs: number): string {
  return `${limitMs / 1000} s`;
}
