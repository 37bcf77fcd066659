import type * as Zlib from 'node:zlib';
import type { OtlpDestination } from '../settings/settings.ts';
import type { SealedSlot, Signal } from '../wire/shelf.ts';
import type { Package } from './destination.ts';
import type { LineShape } from './log-line.ts';
import { LokiPush } from './loki-push.ts';
import { frame, scopesOf } from './otlp.ts';
import { toJson } from './otlp-json.ts';
import { logRecords } from './otlp-logs.ts';
import { createSchema } from './otlp-schema.ts';

export type Pack = (slots: readonly SealedSlot[]) => Package;

const rootMessages = { traces: 'Traces', metrics: 'Metrics', logs: 'Logs' } as const;
/** An InstrumentationScope without a name: lines are the service's own. */
const noScope = new Uint8Array();

/** Export requests, in the encoding and compression that `to` asks for. */
export function otlpPack(to: OtlpDestination, signal: Signal, resource: Uint8Array, shape: LineShape): Pack {
  const transcode = to.encoding === 'json' ? jsonOf(signal) : undefined;
  const compress = to.gzip ? gzip() : undefined;
  const headers = {
    'content-type': transcode ? 'application/json' : 'application/x-protobuf',
    ...(compress ? { 'content-encoding': 'gzip' } : {}),
  };
  return (slots) => {
    const scopes =
      signal === 'logs'
        ? [{ scope: noScope, items: slots.map((slot) => logRecords(slot, shape)) }]
        : scopesOf(slots);
    const framed = frame(resource, scopes);
    const encoded = transcode ? transcode(framed) : framed;
    return { body: compress ? compress(encoded) : encoded, headers };
  };
}

export function lokiPack(shape: LineShape): Pack {
  const push = new LokiPush(shape);
  const headers = { 'content-type': 'application/json' };
  return (slots) => ({ body: push.encode(slots), headers });
}

function jsonOf(signal: Signal): (framed: Buffer) => Buffer {
  const schema = createSchema()[rootMessages[signal]];
  return (framed) => toJson(framed, schema);
}

/** At once and not in libuv's pool, whose threads are the service's too. Fast rather than small. */
function gzip(): (body: Buffer) => Buffer {
  const { gzipSync } = process.getBuiltinModule('node:zlib') as typeof Zlib;
  return (body) => gzipSync(body, { level: 1 });
}
