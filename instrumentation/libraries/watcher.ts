import type { Lines } from '../logs/lines.ts';
import type { Mask } from '../mask/mask.ts';
import type { Metrics } from '../metrics/metric.ts';
import type { Settings } from '../settings/settings.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { CurrentRequest } from '../trace/request.ts';

/** What everything that watches a library is given. */
export interface Tools {
  readonly settings: Settings;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  readonly lines: Lines;
  readonly mask: Mask;
  /** The request that is being served; nothing outside one. */
  current(): CurrentRequest | undefined;
}

/**
 * Watches one library: `files` are the files of it that are hooked (tested against the file's URL), and `patch` gets
 * what such a file exports, once per copy of the library in the process. A watcher that needs no file (it subscribes to a
 * diagnostics channel) does so in `start`.
 */
export interface Watcher {
  /** The package's name, as in `node_modules/<name>`; `node:http` for a part of Node. */
  readonly library: string;
  /** The package that services know it by (`express` for its router): switched off together with that. */
  readonly partOf?: string;
  /** Each of them is hooked when the library is watched: alternatives (`dist/` and `dist/cjs/`) stand in one entry. */
  readonly files?: readonly HookedFile[];
  /** From this major version on the library has no such files, and another watcher does its work. */
  readonly belowMajor?: number;
  start?(tools: Tools): void;
}

export interface HookedFile {
  /** Path inside the package: `lib/client.js`. */
  readonly path: RegExp;
  /**
   * For ES modules: the names of local bindings of the module that are handed to `patch` as an object; setting one of its
   * properties sets the binding, if that is not a constant. CommonJS files hand over `module.exports`.
   */
  readonly bindings?: readonly string[];
  /** Loaded only by some services: that it was not is no mismatch. */
  readonly optional?: boolean;
  /** Patches in place (a prototype, a property of the exports). Must not throw into the service; a throw is told once. */
  patch(exported: never, tools: Tools): void;
}
