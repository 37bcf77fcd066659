import { fileURLToPath } from 'node:url';
import { checkSecrets } from './secrets.ts';

/** `node deploy/alerts/check-secrets.ts [FOLDER]`: exit 0 when all are good, 1 when one is missing or wrong. */
const folder = process.argv[2] ?? fileURLToPath(new URL('../secrets', import.meta.url));
for (const { file, state, problem } of await checkSecrets(folder)) {
  console.log(problem ?? `${file} is good`);
  if (state !== 'good') process.exitCode = 1;
}
