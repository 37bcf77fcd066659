import type { LoadedScenario } from '../scenario/find.ts';
import type { Provider } from '../stack/service.ts';
import type { Observing } from '../up/observing.ts';

/** What is to be run, all decided: nothing below reads the command line. */
export interface RunOrder {
  loaded: LoadedScenario;
  seed: number;
  provider: Provider;
  /** Folder that holds the folders of runs. */
  runsFolder: string;
  /** The k6 program, and names with versions of what takes part. */
  k6: string;
  versions: Readonly<Record<string, string>>;
  /** Kept between runs; compiled code goes there, so that the next target starts sooner. */
  cacheFolder: string;
  /** Jaeger goes on until `whenJudged` is done, so links into it are worth having. */
  keepsJaeger: boolean;
  /** The stack that it reports into, beside the run's folder; undefined: none. */
  observing?: Observing;
  /** A command that replays this run. */
  replay: string;
}

/** What a person sees while it happens. */
export interface Teller {
  /** Something happened; stays on the screen. */
  step(text: string): void;
  /** How it stands; the next one takes its place. */
  status(text: string): void;
}
