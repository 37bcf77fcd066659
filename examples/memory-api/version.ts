import { readFileSync } from 'node:fs';

const { version: own } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Of this service, as its package.json has it. */
export const version: string = own;
