import { describe, expect, it } from 'vitest';
import { atMostEvery, createLogger } from './logger.ts';

describe('the log', () => {
  it('is JSON with timestamp, level in words, message, and the error with its stack', () => {
    const lines: string[] = [];
    createLogger('info', { write: (line) => lines.push(line) }).warn(
      { err: new TypeError('odd') },
      'noticed',
    );
    expect(JSON.parse(lines[0]!)).toEqual({
      level: 'warn',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      err: { type: 'TypeError', message: 'odd', stack: expect.stringContaining('logger.test') },
      message: 'noticed',
    });
  });

  it('lets one line through per interval and counts the others', () => {
    let nowMs = 0;
    const written: unknown[] = [];
    const write = atMostEvery(
      1000,
      (fields, message) => written.push({ ...fields, message }),
      () => nowMs,
    );
    for (nowMs = 0; nowMs <= 2500; nowMs += 100) write({ nowMs }, 'again');
    expect(written).toEqual([
      { nowMs: 0, held_back: 0, message: 'again' },
      { nowMs: 1000, held_back: 9, message: 'again' },
      { nowMs: 2000, held_back: 9, message: 'again' },
    ]);
  });
});

it('tells an error without what was sent', () => {
  const lines: string[] = [];
  const err = Object.assign(new Error('WRONGPASS'), {
    command: { args: ['AUTH', 's3cret'] },
    detail: 's3cret',
  });
  createLogger('info', { write: (line) => lines.push(line) }).error({ err }, 'failed');
  expect(lines[0]).toContain('WRONGPASS');
  expect(lines[0]).not.toContain('s3cret');
});
