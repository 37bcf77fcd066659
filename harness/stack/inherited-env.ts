type Env = Readonly<Record<string, string | undefined>>;

/**
 * What a process of the author sees of the harness's own environment. npm's and Node's own variables would leak the way
 * Ordeal was started into it, and those of telemetry would change what it tells.
 */
export function inheritedEnv(env: Env): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(OTEL_|ORDEAL_|npm_|NODE_OPTIONS$|NODE_ENV$|VITEST)/.test(name),
    ),
  );
}
