import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ExternalError, NotFoundError } from '../errors.ts';
import { until } from '../test-servers.ts';
import type { Transition } from './breaker.ts';
import { type CallDone, CallGuard, defaultGuardOptions, type GuardOptions } from './call-guard.ts';
import { Deadline } from './deadline.ts';
import { blackHole, fails, resets, startDependency, works } from './test-dependency.ts';

const { retry, breaker } = defaultGuardOptions;
/** Pauses that a test can wait for. */
const quick: GuardOptions = {
  ...defaultGuardOptions,
  deadlineMs: 60_000,
  tryTimeoutMs: 60_000,
  retry: { ...retry, basePauseMs: 2 },
};

describe('calls to a dependency', () => {
  it('has the numbers that were asked for', () => {
    expect(defaultGuardOptions).toMatchObject({
      retry: { attempts: 3, basePauseMs: 1000, factor: 2, longestPauseMs: 60_000, budget: { share: 0.2 } },
      breaker: { enabled: true, failures: 5, resetMs: 60_000 },
    });
  });

  it('recovers at least 80 % of the errors when one call in five fails, and never opens the breaker', async () => {
    const failsNow = oneInFive();
    await using it = await startDependency((...args) => (failsNow() ? fails : works)(...args));
    const { guard, done, transitions } = guarded(quick);
    await atOnce(10, 600, () => guard.run(it.ask));
    const failedFirst = done.filter(({ tries }) => tries > 1);
    const recovered = failedFirst.filter(({ outcome }) => outcome === 'ok');
    expect(failedFirst.length).toBeGreaterThan(60);
    expect(recovered.length / failedFirst.length).toBeGreaterThanOrEqual(0.8);
    expect(transitions).toEqual([]);
  });

  it.each([
    { what: 'with all', change: {}, most: 1.2 * 500 },
    {
      what: 'without the breaker',
      change: { breaker: { ...breaker, enabled: false } },
      most: 1.2 * 500 + retry.budget.savings,
    },
  ])('load a dead dependency with at most a fifth more, $what', async ({ change, most }) => {
    await using it = await startDependency(resets);
    const { guard, done } = guarded({ ...quick, ...change });
    await atOnce(10, 500, () => guard.run(it.ask));
    expect(done).toHaveLength(500);
    expect(done.reduce((sum, { tries }) => sum + tries, 0)).toBeLessThanOrEqual(most);
    expect(it.calls).toBeLessThanOrEqual(most);
  });

  it('have as many retries as they need while retries help', async () => {
    const budget = { share: 0, savings: 1 };
    const { guard, done } = guarded({ ...quick, retry: { ...quick.retry, budget } });
    for (let call = 0; call < 20; call += 1) {
      let tries = 0;
      await guard.run(async () => {
        tries += 1;
        if (tries === 1) throw new ExternalError('it');
      });
    }
    expect(done.every(({ outcome, tries }) => outcome === 'ok' && tries === 2)).toBe(true);
  });

  it.each([
    { what: 'what may be', fail: () => new ExternalError('it'), tries: 3 },
    { what: 'what may not be', fail: () => new NotFoundError('it'), tries: 1 },
    { what: 'what nobody knows', fail: () => new TypeError('x'), tries: 1 },
  ])('are made three times in all, $what', async ({ fail, tries }) => {
    const { guard, done } = guarded(quick);
    const error = fail();
    await expect(guard.run(() => Promise.reject(error))).rejects.toBe(error);
    expect(done).toMatchObject([{ outcome: 'error', tries, error }]);
  });

  it('end a try that takes too long, and try again', async () => {
    await using it = await startDependency(blackHole);
    const { guard, done } = guarded({ ...quick, tryTimeoutMs: 30 });
    await expect(guard.run(it.ask)).rejects.toMatchObject({ code: 'DEPENDENCY_TIMEOUT' });
    expect(done).toMatchObject([{ tries: 3 }]);
  });
});

describe('the deadline of a call', () => {
  it('ends it, also when the work does not listen', async () => {
    const { guard, done } = guarded({ ...quick, deadlineMs: 30 });
    await expect(guard.run(() => new Promise(() => {}))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(done).toMatchObject([{ tries: 1 }]);
  });

  it('of whoever asks counts when it is shorter', async () => {
    await using it = await startDependency(blackHole);
    using within = new Deadline(30);
    const { guard } = guarded(quick);
    await expect(guard.run(it.ask, within)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('lets nothing be sent when it is over, which says nothing of the dependency', async () => {
    await using it = await startDependency(works);
    using within = new Deadline(0);
    const { guard, transitions } = guarded(quick);
    await until(() => within.signal.aborted);
    for (let call = 0; call < 6; call += 1)
      await expect(guard.run(it.ask, within)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect([it.calls, transitions]).toEqual([0, []]);
  });

  it.each([
    ['by itself', { basePauseMs: 3_600_000, longestPauseMs: 3_600_000 }, {}],
    ['as the dependency asked', {}, { retryAfterMs: 3_600_000 }],
  ])('keeps a retry from being begun whose pause is longer, %s', async (_what, pauses, hint) => {
    const { guard, done } = guarded({ ...quick, deadlineMs: 5000, retry: { ...quick.retry, ...pauses } });
    const error = Object.assign(new ExternalError('it'), hint);
    await expect(guard.run(() => Promise.reject(error))).rejects.toBe(error);
    expect(done).toMatchObject([{ tries: 1 }]);
  });

  it('ends a pause at once when whoever asked goes away', async () => {
    const asker = new AbortController();
    using within = new Deadline(3_600_000, asker.signal);
    const { guard, done } = guarded({ ...quick, deadlineMs: 3_600_000 });
    const error = Object.assign(new ExternalError('it'), { retryAfterMs: 600_000 });
    const call = guard.run(async () => {
      setTimeout(() => asker.abort(new Error('gone')), 20);
      throw error;
    }, within);
    await expect(call).rejects.toThrow('gone');
    expect(done).toMatchObject([{ tries: 1 }]);
  });

  it('leaves nothing behind that would keep the process alive', async () => {
    const script = `
      import { CallGuard, defaultGuardOptions } from './call-guard.ts';
      import { Deadline } from './deadline.ts';
      const asker = new AbortController();
      using within = new Deadline(3_600_000, asker.signal);
      const guard = new CallGuard('it', { ...defaultGuardOptions, deadlineMs: 3_600_000 });
      const error = Object.assign(new Error('later'), { retryable: true, retryAfterMs: 600_000 });
      setTimeout(() => asker.abort(new Error('gone')), 50);
      await guard.run(() => Promise.reject(error), within).catch(({ message }) => console.log(message));
    `;
    const args = ['--input-type=module', '--eval', script];
    const options = { cwd: import.meta.dirname, timeout: 20_000 };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    expect(stdout).toBe('gone\n');
  });
});

describe('the breaker', () => {
  it('opens after five failures, lets one call try, and tells what it does', async () => {
    await using it = await startDependency(resets);
    const { guard, transitions } = guarded({ ...once, breaker: { ...breaker, resetMs: 50 } });
    for (let call = 0; call < 5; call += 1)
      await expect(guard.run(it.ask)).rejects.toMatchObject({ code: 'DEPENDENCY_UNREACHABLE' });
    expect(guard.state).toBe('open');
    await until(() => guard.run(it.ask).catch(({ code }) => code === 'DEPENDENCY_UNREACHABLE'));
    it.answers(works);
    await until(() => guard.run(it.ask).then(Boolean, () => false));
    const dependency = 'it';
    const reopened = transitions.slice(1, -2);
    expect(transitions.slice(0, 1)).toEqual([{ dependency, from: 'closed', to: 'open' }]);
    expect(reopened.length).toBeGreaterThanOrEqual(2);
    expect(transitions.slice(-2)).toEqual([
      { dependency, from: 'open', to: 'half-open' },
      { dependency, from: 'half-open', to: 'closed' },
    ]);
  });

  it('sends nothing while it is open', async () => {
    await using it = await startDependency(resets);
    const { guard, done } = guarded(once);
    await atOnce(1, 50, () => guard.run(it.ask));
    expect(it.calls).toBe(5);
    expect(done.at(-1)).toMatchObject({ tries: 0, error: { code: 'CIRCUIT_BREAKER_OPEN', status: 503 } });
  });

  it('lets nobody wait for the one that tries, and that one is not retried', async () => {
    const { guard, done } = guarded({ ...quick, breaker: { ...breaker, failures: 1, resetMs: 1 } });
    await guard.run(() => Promise.reject(new ExternalError('it'))).catch(() => {});
    const answer = Promise.withResolvers<never>();
    let probe: Promise<void> | undefined;
    await until(() => {
      probe = guard.run(() => answer.promise).catch(() => {});
      return guard.state === 'half-open';
    });
    await expect(guard.run(async () => 1)).rejects.toMatchObject({ code: 'CIRCUIT_BREAKER_OPEN' });
    answer.reject(new ExternalError('it'));
    await probe;
    expect(guard.state).toBe('open');
    expect(done.at(-1)).toMatchObject({ tries: 1, error: { code: 'DEPENDENCY_FAILED' } });
  });

  it('is not closed by one that was given up', async () => {
    const { guard } = guarded({ ...once, breaker: { ...breaker, failures: 1, resetMs: 1 } });
    await guard.run(() => Promise.reject(new ExternalError('it'))).catch(() => {});
    const asker = new AbortController();
    using within = new Deadline(60_000, asker.signal);
    let probe: Promise<void> | undefined;
    await until(() => {
      probe = guard.run(() => new Promise<void>(() => {}), within).catch(() => {});
      return guard.state === 'half-open';
    });
    asker.abort(new Error('gone'));
    await probe;
    expect(guard.state).toBe('open');
  });

  it('is not opened again by a call that began before it opened', async () => {
    const { guard } = guarded({ ...once, breaker: { ...breaker, failures: 1, resetMs: 1 } });
    const [late, tried] = [Promise.withResolvers<never>(), Promise.withResolvers<string>()];
    const early = guard.run(() => late.promise);
    await guard.run(() => Promise.reject(new ExternalError('it'))).catch(() => {});
    let probe: Promise<unknown> | undefined;
    await until(() => {
      probe = guard.run(() => tried.promise).catch(() => {});
      return guard.state === 'half-open';
    });
    const error = new ExternalError('it');
    late.reject(error);
    await expect(early).rejects.toBe(error);
    expect(guard.state).toBe('half-open');
    tried.resolve('fine');
    await probe;
    expect(guard.state).toBe('closed');
  });

  it.each([
    ['does not count', 0.09, 'closed'],
    ['counts', 0.2, 'open'],
  ])('%s a call that had %d of its time and ran out of it', async (_does, share, state) => {
    const deadlineMs = 1000;
    const { guard } = guarded({ ...once, deadlineMs, breaker: { ...breaker, failures: 1 } });
    using within = new Deadline(deadlineMs * share);
    const call = guard.run(() => new Promise<void>(() => {}), within);
    await expect(call).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(guard.state).toBe(state);
  });

  it('is not closed by one that had no time to find out', async () => {
    const { guard } = guarded({ ...once, breaker: { ...breaker, failures: 1, resetMs: 1 } });
    await guard.run(() => Promise.reject(new ExternalError('it'))).catch(() => {});
    using within = new Deadline(200);
    let probe: Promise<void> | undefined;
    await until(() => {
      probe = guard.run(() => new Promise<void>(() => {}), within).catch(() => {});
      return guard.state === 'half-open';
    });
    await probe;
    expect(guard.state).toBe('open');
  });

  it('does not count what says nothing of the dependency', async () => {
    const { guard } = guarded(once);
    await atOnce(1, 20, () => guard.run(() => Promise.reject(new NotFoundError('it'))));
    expect(guard.state).toBe('closed');
  });

  it('keeps a retry from being sent that waited while it opened', async () => {
    const { guard, done } = guarded({ ...quick, breaker: { ...breaker, failures: 1 } });
    const error = Object.assign(new ExternalError('it'), { retryAfterMs: 300 });
    const waiting = guard.run(() => Promise.reject(error));
    const final = Object.assign(new ExternalError('it'), { retryable: false });
    await expect(guard.run(() => Promise.reject(final))).rejects.toBe(final);
    expect(guard.state).toBe('open');
    await expect(waiting).rejects.toBe(error);
    expect(done.map(({ tries }) => tries)).toEqual([1, 1]);
  });

  it('can be switched off', async () => {
    const { guard, transitions } = guarded({ ...once, breaker: { ...breaker, enabled: false } });
    await atOnce(1, 20, () => guard.run(() => Promise.reject(new ExternalError('it'))));
    expect([guard.state, transitions]).toEqual(['disabled', []]);
  });
});

const once: GuardOptions = { ...quick, retry: { ...quick.retry, attempts: 1 } };

function guarded(options: GuardOptions) {
  const done: CallDone[] = [];
  const transitions: Transition[] = [];
  const guard = new CallGuard('it', options, {
    onDone: (call) => done.push(call),
    onTransition: (change) => transitions.push(change),
  });
  return { guard, done, transitions };
}

/** Failures are what the test is about. */
async function atOnce(lanes: number, calls: number, call: () => Promise<unknown>): Promise<void> {
  let left = calls;
  const lane = async () => {
    while (left-- > 0) await call().catch(() => {});
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The same order of failures in every run: a linear congruential generator (Numerical Recipes, section 7.1). */
function oneInFive(): () => boolean {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state < 0.2 * 2 ** 32;
  };
}
