import type { Settings } from '../settings/settings.ts';
import type { Id } from './ids.ts';
import type { Parent } from './span.ts';

/** Whether a span is recorded, from its parent and its trace. */
export type Sampler = (trace: Id, parent: Pick<Parent, 'isChosen'> | undefined) => boolean;

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
export function createSampler({ kind, ratio }: Settings['sampler']): Sampler {
  const root = kind.replace('parentbased_', '');
  const alone = byRoot(root, ratio);
  if (root === kind) return alone;
  return (trace, parent) => (parent ? parent.isChosen : alone(trace, undefined));
}

function byRoot(root: string, ratio: number): Sampler {
  if (root === 'always_on') return () => true;
  if (root === 'always_off') return () => false;
  // The last 32 bits of the trace id, against the share that is wanted.
  const below = ratio * 2 ** 32;
  return ({ words }) => (words[3] as number) >>> 0 < below;
}
