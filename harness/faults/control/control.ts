import type { NodeFault } from '../../scenario/scenario.ts';
import type { StatusMessage } from './messages.ts';

/** The channel to the preload within the target. Disposing closes it, which ends every fault at once. */
export interface Control extends AsyncDisposable {
  /** What the target's environment must say, so that its preload comes here. */
  readonly env: Readonly<Record<string, string>>;
  /** The processes that came: one, or several when the target starts others. */
  pids(): number[];
  /**
   * Puts a fault in force in every process that came; waits a while for the first one.
   * @param forMs when it ends by itself, whatever becomes of the harness
   * @throws HarnessError when nobody came, or one refused or did not answer; then it is in force in none.
   */
  inject(fault: NodeFault, forMs: number, signal: AbortSignal): Promise<Injection>;
  /** What each process measures of itself. @throws HarnessError as `inject`. */
  status(lookup: string | undefined, signal: AbortSignal): Promise<StatusMessage[]>;
}

export interface Injection {
  /** Resolves when every process that is still there has said so. @throws HarnessError when one does not. */
  heal(): Promise<void>;
}
