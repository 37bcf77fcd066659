// Plain JavaScript for old Nodes: what both launchers need before they can hand over to a newer one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

/** `engines` of package.json: from here on Node runs TypeScript without a flag and knows `await using`. */
export function isNode24OrNewer(version) {
  return Number(version.split('.')[0]) >= 24;
}

/** The Node of the npm package `node`, in the nearest `node_modules` of `folder` and the folders above it. */
export function packagedNode(folder) {
  for (let at = folder; ; at = dirname(at)) {
    const program = join(at, 'node_modules', 'node', 'bin', 'node');
    if (existsSync(program)) return program;
    if (at === dirname(at)) return undefined;
  }
}

/** A second press of Ctrl-C by a person comes later than this; npm and the terminal both send the first one. */
const samePressMs = 100;

/**
 * Runs a program on our terminal and passes signals on; resolves to its exit code, 128 + n when signal n ended it.
 *
 * With `alone` it is out of reach of the terminal's own signals, which would come on top of ours: a program that
 * takes the second Ctrl-C for "now, at once" must see one for one. It cannot ask for a password by sudo then.
 */
export function runToEnd(command, args, { alone = false, cwd = process.cwd() } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', detached: alone, cwd });
    let lastMs = -samePressMs;
    const passOn = (signal) => {
      const nowMs = Number(process.hrtime.bigint() / 1000000n);
      if (nowMs - lastMs < samePressMs) return;
      lastMs = nowMs;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    const finish = (settle) => (value) => {
      for (const signal of signals) process.off(signal, passOn);
      settle(value);
    };
    child.once('error', finish(reject));
    child.once('exit', (code, signal) => {
      finish(resolve)(signal === null ? code : 128 + constants.signals[signal]);
    });
  });
}
