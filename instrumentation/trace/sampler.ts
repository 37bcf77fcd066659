import type { SpanContext } from '@opentelemetry/api';
import type { Settings } from '../settings/settings.ts';

/** Whether a span is recorded, from its parent and its trace. */
export type Sampler = (traceId: string, parent: SpanContext | undefined) => boolean;

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
export function createSampler({ kind, ratio }: Settings['sampler']): Sampler {
  const root = kind.replace('parentbased_', '');
  const alone = byRoot(root, ratio);
  if (root === kind) return alone;
  return (traceId, parent) => (parent ? (parent.traceFlags & 1) === 1 : alone(traceId, undefined));
}

function byRoot(root: string, ratio: number): Sampler {
  if (root === 'always_on') return () => true;
  if (root === 'always_off') return () => false;
  // The lower 52 bits of the trace id, a number that a double holds exactly, against the share that is wanted.
  const below = ratio * 2 ** 52;
  return (traceId) => Number.parseInt(traceId.slice(-13), 16) < below;
}
