import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const service = join(import.meta.dirname, '..');
const sources = readdirSync(service, { recursive: true, encoding: 'utf8' })
  .filter(
    (file) => file.endsWith('.ts') && !file.includes('node_modules') && !/(^|\/)test-|\.test\.ts$/.test(file),
  )
  .map((file) => ({ file, text: readFileSync(join(service, file), 'utf8') }));

const statement = /['"`]\s*(select|insert into|update \w+ set|delete from)\s/i;
const driver = /^import (?!type)[^;]*from 'pg'/m;
const backwards = /from '\.\.\/(admin|embeddings|health|http|mcp|routes)\//;

function filesWith(pattern: RegExp): string[] {
  return sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
}

describe('the room that knows SQL', () => {
  it('is storage/ with the store; beside it only the admin tool asks questions of its own', () => {
    const elsewhere = filesWith(statement).filter((file) => !/^(storage|admin)\/|^store\.ts$/.test(file));
    expect(elsewhere).toEqual([]);
    expect(filesWith(statement)).toContain('storage/key-table.ts');
  });

  it('has the driver, which migrations and the admin tool take too; who guards its pool knows its errors', () => {
    const elsewhere = filesWith(driver).filter((file) => !/^(storage|admin)\//.test(file));
    expect(elsewhere.sort()).toEqual(['migrate.ts', 'resilience/guarded-pool.ts']);
  });

  it('imports nothing from those that ask it', () => {
    expect(filesWith(backwards).filter((file) => file.startsWith('storage/'))).toEqual([]);
  });
});

describe('the room that knows Redis', () => {
  it('is cache/', () => {
    expect(filesWith(/from 'ioredis'/).filter((file) => !file.startsWith('cache/'))).toEqual([]);
    expect(filesWith(/from 'ioredis'/)).toContain('cache/connection.ts');
  });
});
