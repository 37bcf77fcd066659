import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { createLogger } from './logger.ts';

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  body: any;
}

/** The service in this process, on a free port, asked over real sockets. */
export interface TestApp extends AsyncDisposable {
  readonly app: ReturnType<typeof buildApp>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  /** What it has logged until now. */
  readonly logged: readonly Record<string, unknown>[];
}

/** `prepare` may add to the service before it listens. */
export async function startApp(
  environment: Record<string, string>,
  prepare: (app: TestApp['app']) => void = () => {},
): Promise<TestApp> {
  const logged: Record<string, unknown>[] = [];
  const logger = createLogger('info', { write: (line) => logged.push(JSON.parse(line)) });
  const app = buildApp(readConfig({ AUTH_ENABLED: 'false', ...environment }), logger);
  prepare(app);
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(base + path, init);
    return { status: response.status, body: await response.json() };
  };
  return {
    app,
    logged,
    get: (path) => ask(path),
    post: (path, body) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: () => app.close(),
  };
}
