import type { Judgement, Outcome, Verdict } from '../harness/verdict/verdict.ts';

/** Sign and word belong together: no report tells outcomes apart by colour alone. */
export const signs: Readonly<{ [outcome in Outcome]: string }> = {
  met: '✓',
  violated: '✗',
  inconclusive: '?',
};

/** `13 met, 1 violated, 1 inconclusive`; outcomes that did not come up are left out. */
export function tally(judgements: readonly Judgement[]): string {
  const parts = (['met', 'violated', 'inconclusive'] as const)
    .map((outcome) => ({ outcome, times: judgements.filter((it) => it.outcome === outcome).length }))
    .filter(({ times }) => times > 0)
    .map(({ outcome, times }) => `${times} ${outcome}`);
  return parts.length === 0 ? 'nothing was judged' : parts.join(', ');
}

const endings = {
  completed: 'The run completed.',
  interrupted: 'The run was interrupted.',
  'harness-failed': 'The harness failed.',
  'infrastructure-failed': 'The infrastructure failed.',
  'cut-off': 'The journal was cut off: the harness was gone before it could write how the run ended.',
} as const;

/** How the run ended, as a sentence, with the message that it left. */
export function ending({ ending: { kind, message } }: Verdict): string {
  return message === undefined ? endings[kind] : `${endings[kind]} ${message}`;
}

/** Why it is not simply met; empty for a met judgement without a detail. */
export function because(judgement: Judgement): string {
  return (judgement.outcome === 'inconclusive' ? judgement.reason : judgement.detail) ?? '';
}

/** Judgements with the same claim, in the order in which each claim first came up. */
export function byClaim(judgements: readonly Judgement[]): ReadonlyMap<string, readonly Judgement[]> {
  return Map.groupBy(judgements, (it) => it.claim);
}

/**
 * Text that a terminal or a table cell takes as text: escape sequences and other control characters (a request
 * name or a log line may hold any) become visible, line ends become spaces.
 */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
