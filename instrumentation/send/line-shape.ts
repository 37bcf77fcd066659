import { createMask } from '../mask/create-mask.ts';
import { IsoTimes } from './iso-time.ts';
import type { SenderSettings } from './letter.ts';
import type { LineShape } from './log-line.ts';
import { rememberingMask } from './remembering-mask.ts';

export function lineShape({ service, version, maskedFields, allowedFields }: SenderSettings): LineShape {
  const mask = rememberingMask(createMask({ maskedFields, allowedFields }));
  return { service, version, mask, times: new IsoTimes() };
}
