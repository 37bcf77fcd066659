/** Exit codes of `ordeal`, as README.md explains them; 64 and 78 are sysexits.h's EX_USAGE and EX_CONFIG. */
export const exitCodes = {
  met: 0,
  violated: 1,
  inconclusive: 2,
  harness: 3,
  infrastructure: 4,
  usage: 64,
  config: 78,
  sigint: 130,
  sigterm: 143,
} as const;

/** A failure whose message is meant for a person: the thing, what was expected, what came, what to do next. */
export class OrdealError extends Error {
  override name = 'OrdealError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Ordeal itself, its load generator or one of its faults failed (exit 3). */
export class HarnessError extends OrdealError {
  override name = 'HarnessError';
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.harness, options);
  }
}

/** A dependency or the target did not start (exit 4). */
export class InfrastructureError extends OrdealError {
  override name = 'InfrastructureError';
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.infrastructure, options);
  }
}

/** The command line is wrong (exit 64). */
export class UsageError extends OrdealError {
  override name = 'UsageError';
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.usage, options);
  }
}

/** A scenario or a setting is wrong; found before anything was started (exit 78). */
export class ConfigError extends OrdealError {
  override name = 'ConfigError';
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.config, options);
  }
}
