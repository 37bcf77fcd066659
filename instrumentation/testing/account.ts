/** What the preload says became of what it recorded, in items. */
export interface Account {
  readonly produced: number;
  readonly delivered: number;
  readonly dropped: number;
}

export const signals = ['traces', 'metrics', 'logs'] as const;
export type Signal = (typeof signals)[number];
export type Accounts = Readonly<Record<Signal, Account>>;

/** Reads `ordeal.telemetry.items` from the page of metrics. @throws Error when it is not there. */
export async function readAccounts(pagePort: number): Promise<Accounts> {
  const answer = await fetch(`http://127.0.0.1:${pagePort}/metrics`, { headers: { connection: 'close' } });
  const page = await answer.text();
  const value = (signal: Signal, outcome: keyof Account) => {
    const line = page
      .split('\n')
      .find(
        (it) =>
          it.startsWith('ordeal_telemetry_items_total{') &&
          it.includes(`signal="${signal}"`) &&
          it.includes(`outcome="${outcome}"`),
      );
    if (line)
      return Number(
        line
          .slice(line.lastIndexOf('}') + 1)
          .trim()
          .split(' ')[0],
      );
    throw new Error(
      `expected ordeal_telemetry_items_total of ${signal} and ${outcome} on the page, got ${page}`,
    );
  };
  const accountOf = (signal: Signal): Account => ({
    produced: value(signal, 'produced'),
    delivered: value(signal, 'delivered'),
    dropped: value(signal, 'dropped'),
  });
  return { traces: accountOf('traces'), metrics: accountOf('metrics'), logs: accountOf('logs') };
}

/** Nothing waits any more. */
export function isSettled(accounts: Accounts): boolean {
  return signals.every((signal) => {
    const { produced, delivered, dropped } = accounts[signal];
    return produced === delivered + dropped;
  });
}
