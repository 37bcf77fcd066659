import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { os } from '../builtins.ts';
import type { Mask } from '../mask/mask.ts';
import type { Settings } from '../settings/settings.ts';
import { writeAttribute } from './attributes.ts';
import { Writer } from './writer.ts';

export type ResourceAttributes = Readonly<Record<string, string | number>>;

/**
 * Who tells all this (https://opentelemetry.io/docs/specs/semconv/resource/). No cloud is asked who we are, and of the
 * command only the name of the script is told: arguments may be secrets.
 */
export function describeProcess(settings: Settings, host: NodeJS.Process): ResourceAttributes {
  const { service, version, resource } = settings;
  return {
    'service.instance.id': randomUUID(),
    'host.name': os.hostname(),
    'host.arch': os.arch() === 'x64' ? 'amd64' : os.arch(),
    'process.pid': host.pid,
    'process.executable.name': basename(host.execPath),
    'process.command': basename(host.argv[1] ?? ''),
    'process.runtime.name': 'nodejs',
    'process.runtime.version': host.versions.node,
    'telemetry.sdk.name': '@ordeal/preload',
    'telemetry.sdk.language': 'nodejs',
    ...resource,
    'service.name': service,
    'service.version': version,
  };
}

/** The encoded `Resource`. An attribute that does not fit is left out. */
export function encodeResource(attributes: ResourceAttributes, mask: Mask): Uint8Array {
  const writer = new Writer();
  const memory = Buffer.alloc(16_384);
  writer.reset(memory);
  for (const [key, value] of Object.entries(attributes)) {
    const start = writer.position;
    writeAttribute(writer, 1, key, value, mask);
    if (writer.overflowed) writer.rewind(start);
  }
  return memory.subarray(0, writer.position);
}
