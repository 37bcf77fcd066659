import type { Settings } from '../settings/settings.ts';

export interface OwnLine {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Members of a JSON object, each with a comma before it: whose request it was (see fragment.ts). */
  readonly context?: string;
  readonly fields?: object;
}

/** Makes log lines that no logger of the service wrote: one JSON object each, without a line break. */
export function lineMaker({ service, version }: Pick<Settings, 'service' | 'version'>) {
  const origin = `,"service":${JSON.stringify(service)},"version":${JSON.stringify(version)}`;
  return ({ level, message, atMs, context = '', fields = {} }: OwnLine): string => {
    const members = JSON.stringify(fields).slice(1, -1);
    return (
      `{"timestamp":"${new Date(atMs).toISOString()}","level":"${level}","message":${JSON.stringify(message)}` +
      `${origin}${context}${members && `,${members}`}}`
    );
  };
}
