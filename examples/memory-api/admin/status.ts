import { AdminError } from './exit.ts';
import { type Cell, table } from './output.ts';

const timeoutMs = 10_000;

type Fields = Readonly<Record<string, unknown>>;

/** What `GET /health/ready` of a service that runs says. */
export interface ServiceStatus {
  ready: boolean;
  data: Fields;
}

/** @throws AdminError when there is no service at this URL */
export async function readStatus(url: string): Promise<ServiceStatus> {
  const asked = new URL('/health/ready', url).href;
  try {
    const response = await fetch(asked, { signal: AbortSignal.timeout(timeoutMs) });
    const { data } = (await response.json()) as { data?: unknown };
    if (!isFields(data)) throw new Error(`the answer has the status ${response.status} and no data`);
    return { ready: response.ok, data };
  } catch (cause) {
    throw new AdminError(
      `no memory API answers at ${asked} (${reasonOf(cause)}).\nIs it running there? Say where by --url, or by HOST and PORT.`,
    );
  }
}

/** One line for each thing that has a status, then one for each number of what has several. */
export function statusLines({ data }: ServiceStatus): string[] {
  const { dependencies, ...rest } = data;
  const parts = Object.entries(isFields(dependencies) ? dependencies : {});
  const simple = Object.entries(rest).filter(([, value]) => !isFields(value));
  const groups = [...parts, ...Object.entries(rest)].flatMap(([name, value]) => groupsOf(name, value));
  return [
    ...simple.map(([name, value]) => `${name}  ${text(value)}`),
    '',
    ...table(
      ['DEPENDENCY', 'STATUS', 'LATENCY MS'],
      parts.map(([name, value]) => [name, ...stateOf(value)]),
    ),
    ...groups.flatMap(([name, fields]) => [
      '',
      ...table(
        [name.toUpperCase(), ''],
        Object.entries(fields).map(([field, value]) => [field, text(value)]),
      ),
    ]),
  ];
}

function stateOf(value: unknown): [Cell, Cell] {
  const { status, latency_ms } = Object(value) as Fields;
  return [String(status ?? '-'), typeof latency_ms === 'number' ? latency_ms.toFixed(1) : '-'];
}

/** What has fields of its own: of a dependency those within it, such as the pool of PostgreSQL. */
function groupsOf(name: string, value: unknown): [string, Fields][] {
  if (!isFields(value)) return [];
  const inner = Object.entries(value).filter((entry): entry is [string, Fields] => isFields(entry[1]));
  return 'status' in value ? inner : [[name, value], ...inner];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** fetch says `fetch failed` and hides the reason. */
function reasonOf(error: unknown): string {
  const { cause, message } = Object(error) as {
    cause?: { code?: string; message?: string };
    message?: string;
  };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}

/** @throws AdminError when it is not ready, for scripts that look at the exit code */
export function refuseNotReady({ ready }: ServiceStatus): void {
  if (!ready) throw new AdminError('the service is not ready');
}
