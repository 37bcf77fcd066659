/** What the preload says became of the lines that it was given. */
export interface Account {
  produced: number;
  delivered: number;
  dropped: number;
}

/** @param page of metrics, for Prometheus. @throws Error that shows it, when it has no such account */
export async function accountOfLines(page: string): Promise<Account> {
  const text = await (await fetch(page)).text();
  const value = (outcome: keyof Account) => {
    const labels = [`signal="logs"`, `outcome="${outcome}"`];
    const line = text
      .split('\n')
      .find(
        (it) => it.startsWith('ordeal_telemetry_items_total{') && labels.every((one) => it.includes(one)),
      );
    if (line) return Number(line.split('} ')[1]!.split(' ')[0]);
    throw new Error(`expected ordeal_telemetry_items_total of lines that were ${outcome}, got:\n${text}`);
  };
  return { produced: value('produced'), delivered: value('delivered'), dropped: value('dropped') };
}
