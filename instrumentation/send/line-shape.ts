import { createMask } from '../mask/create-mask.ts';
import type { SenderSettings } from './letter.ts';
import type { LineShape } from './log-line.ts';

export function lineShape({ service, version, maskedFields, allowedFields }: SenderSettings): LineShape {
  return { service, version, mask: createMask({ maskedFields, allowedFields }) };
}
