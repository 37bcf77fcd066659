import type { Attributes } from '@opentelemetry/api';
import { complain } from '../complain.ts';
import type { Mask } from '../mask/mask.ts';
import type { Settings } from '../settings/settings.ts';
import { servePage } from './prometheus-page.ts';
import { PrometheusText } from './prometheus-text.ts';
import type { Registry } from './registry.ts';

/** Loaded only when the page was asked for. `resource`: what the process is. */
export function showMetrics(
  address: NonNullable<Settings['prometheus']>,
  { registry, mask, resource }: { registry: Registry; mask: Mask; resource: Attributes },
): void {
  const text = new PrometheusText({ registry, mask, resource, tell: complain });
  servePage({ ...address, registry, text, tell: complain });
}
