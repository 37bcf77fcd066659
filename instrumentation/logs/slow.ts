import { harmless } from '../harmless.ts';
import type { Tools } from '../libraries/watcher.ts';
import { catalogue } from '../metrics/catalogue.ts';
import { wallClockMs } from '../trace/clock.ts';
import type { CurrentRequest } from '../trace/request.ts';
import { Allowance } from './allowance.ts';
import { lineMaker } from './own-line.ts';

export interface FinishedOperation {
  readonly kind: 'operation' | 'query';
  /** The span's name: `GET /memories/:id`, `SELECT memories`. */
  readonly name: string;
  readonly durationMs: number;
  readonly status: 'ok' | 'error';
  readonly errorType?: string | undefined;
  readonly traceId: string;
  readonly spanId: string;
  /** Of a query: its text without any values. */
  readonly statement?: string | undefined;
  /** Whose it was; the request that is being served unless given. */
  readonly request?: Pick<CurrentRequest, 'requestId' | 'userId'> | undefined;
}

export interface SlowWatch {
  /** Above these an operation, or a query, is slow: who ends many can compare before making an object for `finished`. */
  readonly operationMs: number;
  readonly queryMs: number;
  finished(operation: FinishedOperation): void;
}

/** In an outage everything is slow: that is told, but the log does not double. */
const mostLinesPerSecond = 10;
/** Of a statement as much as finds it again, in UTF-16 code units. */
const longestStatement = 500;

/** Warns, in a log line, of operations and queries that took longer than the settings allow. */
export function warnOfSlow(
  tools: Pick<Tools, 'settings' | 'metrics' | 'lines' | 'current'>,
  now: () => number = wallClockMs,
): SlowWatch {
  const { slowMs: operationMs, slowQueryMs: queryMs } = tools.settings;
  const line = lineMaker(tools.settings);
  const counter = tools.metrics.counter(catalogue.slowOperations);
  const allowance = new Allowance(mostLinesPerSecond);

  const tell = harmless('warning of a slow operation', (operation: FinishedOperation) => {
    counter.series({ 'operation.type': operation.kind }).add(1);
    const atMs = now();
    const pass = allowance.take(atMs);
    if (!pass) return;
    const held = pass.heldBack > 0 ? { held_back: pass.heldBack } : {};
    const fields = { ...describe(operation, operation.request ?? tools.current()), ...held };
    const message = `slow ${operation.kind}: ${operation.name}`;
    tools.lines.add(line({ level: 'warn', message, atMs, fields }), atMs);
  });

  return {
    operationMs,
    queryMs,
    finished(operation) {
      if (operation.durationMs > (operation.kind === 'query' ? queryMs : operationMs)) tell(operation);
    },
  };
}

function describe(operation: FinishedOperation, request: FinishedOperation['request']): object {
  return {
    event: `slow_${operation.kind}`,
    operation: operation.name,
    duration_ms: Math.round(operation.durationMs * 1000) / 1000,
    status: operation.status,
    error_type: operation.errorType,
    statement: operation.statement?.slice(0, longestStatement),
    request_id: request?.requestId,
    user_id: request?.userId,
    trace_id: operation.traceId,
    span_id: operation.spanId,
  };
}
