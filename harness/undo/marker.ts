const variable = 'ORDEAL_RUN';

/** In the environment of every process of the run. */
export function runEnv(runId: string): Record<string, string> {
  return { [variable]: runId };
}

/** The same as it stands in /proc/<pid>/environ. */
export function marker(runId: string): string {
  return `${variable}=${runId}`;
}

/** On every container of the run. */
export function runLabels(runId: string): Record<string, string> {
  return { 'ordeal.run': runId };
}

/**
 * The environment for a watchdog: no marker (another run's watchdog may stand above it), no preloads, which are
 * meant for the harness.
 */
export function watchdogEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { [variable]: _marker, NODE_OPTIONS: _preloads, ...rest } = env;
  return rest;
}
