/** The fixtures: each framework in both kinds of modules. Each is asked for telemetry in another encoding. */
const frameworks = ['express', 'fastify', 'hono', 'http'] as const;

export interface FixtureKind {
  readonly fixture: string;
  /** Whether it has patterns of routes. */
  readonly routes: boolean;
  readonly encoding: 'http/protobuf' | 'http/json';
  readonly compression: 'gzip' | 'none';
  /** What its lines on stdout call the message and the level, and how they write `info`. */
  readonly names: { readonly message: string; readonly level: string; readonly info: unknown };
  /** Whether lines go by OTLP too. */
  readonly logsByOtlp: boolean;
}

export const services: readonly FixtureKind[] = frameworks.flatMap((framework) => [
  {
    fixture: `${framework}.cjs`,
    routes: framework !== 'http',
    encoding: 'http/protobuf',
    compression: 'gzip',
    names: { message: 'msg', level: 'level', info: 30 },
    logsByOtlp: false,
  },
  {
    fixture: `${framework}.mjs`,
    routes: framework !== 'http',
    encoding: 'http/json',
    compression: 'none',
    names: { message: 'text', level: 'severity', info: 'info' },
    logsByOtlp: true,
  },
]);
