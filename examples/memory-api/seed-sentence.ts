/* No Node modules and no npm packages here: k6 makes sentences too. */

const subjects = [
  'Sleep',
  'A walk',
  'Coffee',
  'The weekly review',
  'Swimming',
  'The new team',
  'Music',
  'Silence',
];
const effects = [
  'helps with',
  'gets in the way of',
  'has little to do with',
  'goes well with',
  'comes before',
];
const matters = [
  'a calm evening',
  'hard decisions',
  'the long commute',
  'learning Spanish',
  'staying patient',
  'writing',
];
const times = [
  'on Mondays',
  'in winter',
  'after lunch',
  'before a deadline',
  'when travelling',
  'at weekends',
  'at home',
];

/** What somebody may remember, of words that `pick` chooses. */
export function sentence(pick: <T>(choices: readonly T[]) => T): string {
  return `${pick(subjects)} ${pick(effects)} ${pick(matters)} ${pick(times)}`;
}
