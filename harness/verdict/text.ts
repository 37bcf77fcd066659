import type { Verdict } from './verdict.ts';

/**
 * The bytes of `verdict.json`. The same verdict gives the same bytes: its keys have one order, and what never
 * happened (`Infinity`: no answer, never opened) is written as null, because JSON has no other word for it.
 */
export function verdictText(verdict: Verdict): string {
  return `${JSON.stringify(verdict, null, 2)}\n`;
}
