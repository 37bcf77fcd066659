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

  /** Waits until all of them have come with this status. @throws Error that names those that did not */
  async come(alertnames: readonly string[], status: Notice['status'], limitMs: number): Promise<void> {
    await until(() => {
      const missing = alertnames.filter((name) => !this.first(name, status));
      if (missing.length > 0)
        throw new Error(`not told of as ${status} within ${limitMs / 1000} s: ${missing.join(', ')}`);
    }, limitMs);
  }

  #all(): Notice[] {
    return messagesTo('/webhook', this.#inbox).flatMap(({ alerts }) => alerts);
  }
}
