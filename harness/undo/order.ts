/** What the undo journal and the watchdog are told, one JSON object a line. */
export type Order = RunOrder | WatchdogOrder | ProcessOrder | ContainersOrder | FolderOrder;

interface Identity {
  pid: number;
  startedTicks: string;
}

/** First line: whose journal this is, and where its pids mean something. */
export interface RunOrder extends Identity {
  undo: 'run';
  runId: string;
  boot: string;
  pidNamespace: string;
}

export interface WatchdogOrder extends Identity {
  undo: 'watchdog';
}

export interface ProcessOrder extends Identity {
  undo: 'process';
}

export interface ContainersOrder {
  undo: 'containers';
  dockerHost: string;
}

export interface FolderOrder {
  undo: 'folder';
  path: string;
}

/** What a watchdog says when no signal can end it early any more. */
export const greeting = 'ready';

/** The last thing a watchdog hears when there is nothing left to undo. */
export const farewell = 'done';

/** The orders in these lines, each once. A last line that was cut off is left out: its effect never came. */
export function parseOrders(text: string): Order[] {
  const lines = new Set(text.split('\n').filter((line) => line.startsWith('{')));
  return [...lines].map(parseOrder).filter((order) => order !== undefined);
}

function parseOrder(line: string): Order | undefined {
  try {
    const order = JSON.parse(line) as Order;
    // 0, 1 and -1 mean "my group", "init" and "everything" to kill(2).
    return 'pid' in order && !(Number.isInteger(order.pid) && order.pid > 1) ? undefined : order;
  } catch {
    return undefined;
  }
}
