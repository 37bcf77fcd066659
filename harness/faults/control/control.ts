import type { NodeFault } from '../../scenario/scenario.ts';
import type { StatusMessage } from './messages.ts';

/** The channel to the preload within the target. Disposing closes it, which ends every fault at once. */
export interface Control extends AsyncDisposable {
  /** What the target's environment must say, so that its preload comes here. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when a process of the target has come. @throws HarnessError when none does within 5 s. */
  arrival(signal: AbortSignal): Promise<void>;
  /** The processes that came: one, or several when the target starts others. */
  pids(): number[];
  /**
   * Puts a fault in force in every process that came.
   * @param forMs when it ends by itself, whatever becomes of the harness
   * @throws HarnessError when none is there, or one refused or did not answer; then it is in force in none.
   */
  inject(fault: NodeFault, forMs: number, signal: AbortSignal): Promise<Injection>;
  /** What each process measures of itself. @throws HarnessError as `inject`. */
  status(lookup: string | undefined, signal: AbortSignal): Promise<StatusMessage[]>;
}

export interface Injection {
  /** Resolves when every process that is still there has said so. @throws HarnessError when one does not. */
  heal(): Promise<void>;
}
