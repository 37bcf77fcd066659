import { createMask } from '../mask/create-mask.ts';
import type { SenderSettings } from './letter.ts';
import type { LineShape } from './log-line.ts';
import { rememberingMask } from './remembering-mask.ts';

export function lineShape({ service, version, maskedFields, allowedFields }: SenderSettings): LineShape {
  return { service, version, mask: rememberingMask(createMask({ maskedFields, allowedFields })) };
}
