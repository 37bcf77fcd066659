import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Of a service, what the tests look at; docker-compose.yml has each in this form. */
export interface ComposeService {
  image: string;
  user?: string;
  profiles?: string[];
  command?: string[];
  init?: boolean;
  restart?: string;
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
  env_file?: string[];
  mem_limit?: string;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
}

/** docker-compose.yml with the variables put in as `docker compose` does, from `env` and the defaults in the file. */
export function readCompose(env: Readonly<Record<string, string>>): ComposeFile {
  const text = readFileSync(`${root}docker-compose.yml`, 'utf8').replace(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string | undefined, rest = '') => {
      const value = env[name];
      if (value) return value;
      if (kind === '?') throw new Error(`${name} ${rest}`);
      return rest;
    },
  );
  // The merge keys of YAML 1.1, which compose files use.
  return parse(text, { merge: true }) as ComposeFile;
}

/** `name=value` of a file for `env_file`, without comments. */
export function readEnvFile(path: string): Record<string, string> {
  const lines = readFileSync(`${root}${path}`, 'utf8').split('\n');
  const set = lines.map((line) => /^(\w+)=(.*)$/.exec(line)).filter((it) => it !== null);
  return Object.fromEntries(set.map(([, name, value]) => [name!, value!]));
}
