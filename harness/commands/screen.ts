import { styleText } from 'node:util';
import type { Host } from '../host.ts';
import type { Teller } from '../run/order.ts';

const clearLine = '\r\x1b[2K';
/** Without a terminal a status line is only worth its place now and then. */
const plainStatusEveryMs = 5000;

export interface Screen extends Teller {
  print(text: string): void;
  readonly colour: boolean;
}

/** Lines with the seconds since the start; on a terminal the status stays at the bottom and is written over. */
export function screenOf(host: Host): Screen {
  const { stdout } = host;
  const live = stdout.isTTY === true;
  const beganMs = host.nowMs();
  let toldMs = -Infinity;
  let shown = false;
  const stamp = () => `${((host.nowMs() - beganMs) / 1000).toFixed(1).padStart(6)} s  `;
  const clear = () => {
    if (shown) stdout.write(clearLine);
    shown = false;
  };
  const colour = live && host.env.NO_COLOR === undefined;
  const dim = (text: string) => (colour ? styleText('dim', text, { validateStream: false }) : text);
  return {
    colour,
    step(text) {
      clear();
      stdout.write(`${dim(stamp())}${text}\n`);
    },
    status(text) {
      if (live) {
        stdout.write(`${clearLine}  ${text.slice(0, (stdout.columns ?? 80) - 3)}`);
        shown = true;
      } else if (host.nowMs() - toldMs >= plainStatusEveryMs) {
        toldMs = host.nowMs();
        stdout.write(`${stamp()}${text}\n`);
      }
    },
    print(text) {
      clear();
      stdout.write(`${text}\n`);
    },
  };
}
