/**
 * What has to be undone when the harness is gone, told to the watchdog process *before* or at the moment the
 * thing exists. Everything told is also undone by the run itself at its end; undoing twice does no harm.
 */
export interface Undo extends AsyncDisposable {
  /** In every child's environment, so that the watchdog finds children it was not told of. */
  readonly env: Readonly<Record<string, string>>;
  /** Label on every container, `ordeal.run=<id>`. */
  readonly labels: Readonly<Record<string, string>>;
  /** End this process and its group (SIGTERM, then SIGKILL after 2 s). */
  process(pid: number): void;
  /** Containers with `labels` may exist from now on; `dockerHost` is how to reach the engine. */
  containers(dockerHost: string): void;
  /** Remove this folder and everything in it. */
  folder(path: string): void;
}
