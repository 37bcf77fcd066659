import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Registry } from '../metrics/registry.ts';
import { api } from '../trace/api.ts';
import { Clock } from '../trace/clock.ts';
import { RequestContext } from '../trace/request.ts';
import { createSampler } from '../trace/sampler.ts';
import { Tracing } from '../trace/tracing.ts';
import { consoleAsJson } from './console.ts';

type Fields = Record<string, unknown>;

function start() {
  const written = { stdout: '', stderr: '' };
  const into = (name: keyof typeof written) =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += chunk;
        done();
      },
    });
  const console = new Console({ stdout: into('stdout'), stderr: into('stderr') });
  const handedOn: Fields[] = [];
  const metrics = new Registry({ exemplars: false, tell: () => {} }).scope('test');
  const recorder = new Tracing({
    sampler: createSampler({ kind: 'always_on', ratio: 1 }),
    clock: new Clock(),
    mostAttributes: 8,
    isRecording: true,
    ended: () => {},
  });
  const settings = { service: 'api', version: '1' } as never;
  const lines = { add: (json: string, atMs: number) => void handedOn.push({ ...JSON.parse(json), atMs }) };
  consoleAsJson(console, { settings, recorder, lines, metrics });
  const linesOf = (text: string): Fields[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return {
    console,
    written,
    recorder,
    handedOn,
    stdout: () => linesOf(written.stdout),
    stderr: () => linesOf(written.stderr),
    counted: () =>
      [...metrics.all()].flatMap((metric) => [...metric.read()].map(({ attributes }) => attributes)),
  };
}

it.each([
  ['log', 'info', 'stdout'],
  ['info', 'info', 'stdout'],
  ['debug', 'debug', 'stdout'],
  ['warn', 'warn', 'stderr'],
  ['error', 'error', 'stderr'],
  ['trace', 'trace', 'stderr'],
] as const)('console.%s is a line of level %s on %s', (method, level, stream) => {
  const service = start();
  service.console[method]('taken %d of %s', 3, 'five', { left: [1] });
  const [line] = service[stream]();
  expect(line).toMatchObject({
    level,
    message: 'taken 3 of five { left: [ 1 ] }',
    service: 'api',
    version: '1',
  });
  expect(Math.abs(Date.parse(String(line?.timestamp)) - Date.now())).toBeLessThan(5000);
  expect(service.handedOn).toEqual([{ ...line, atMs: Date.parse(String(line?.timestamp)) }]);
  expect(service.counted()).toContainEqual({ level });
  const other = stream === 'stdout' ? 'stderr' : 'stdout';
  expect(service.written[other]).toBe('');
});

describe('what is told', () => {
  it.each([
    ['nothing', [], ''],
    ['line breaks', ['a\nb\u2028"c"'], 'a\nb\u2028"c"'],
    ['a percent sign alone', ['100% %s'], '100% %s'],
    ['a symbol', [Symbol('s')], 'Symbol(s)'],
    ['a big number', [10n], '10n'],
    ['undefined and null', [undefined, null], 'undefined null'],
  ] as [string, unknown[], string][])('%s', (_, given, message) => {
    const service = start();
    service.console.log(...given);
    expect(service.stdout()).toMatchObject([{ message }]);
  });

  it('an error: its type, message, stack, code and cause, and no stack in the message', () => {
    const service = start();
    const cause = new RangeError('too far');
    const error = Object.assign(new TypeError('cannot', { cause }), { code: 'E_NO' });
    service.console.error('failed:', error, 'twice');
    service.console.error(error);
    const told = { type: 'TypeError', message: 'cannot', code: 'E_NO', stack: error.stack };
    const err = { ...told, cause: { type: 'RangeError', message: 'too far', stack: cause.stack } };
    expect(service.stderr()).toMatchObject([
      { message: 'failed: TypeError: cannot twice', err },
      { message: 'cannot', err },
    ]);
  });

  it('where console.trace was called', () => {
    const service = start();
    service.console.trace('here');
    const [{ stack, message }] = service.stderr() as [Fields];
    expect(message).toBe('here');
    expect(String(stack).split('\n')).toMatchObject({
      0: expect.stringMatching(/^Trace/),
      1: expect.stringMatching(/^ +at .*console\.test\.ts/),
    });
  });

  it('whose request it was', () => {
    const service = start();
    const span = service.recorder.start('GET /', api.SpanKind.SERVER);
    const request = { requestId: 'r1', userId: 'ada', route: undefined, span };
    service.recorder.with(new RequestContext(request), () => service.console.log('in'));
    service.console.log('out');
    const [inside, outside] = service.stdout();
    expect(inside).toMatchObject({
      request_id: 'r1',
      user_id: 'ada',
      trace_id: span.traceId,
      span_id: span.spanId,
    });
    expect(outside).not.toHaveProperty('request_id');
  });
});

describe('other methods of console', () => {
  it('table, count, group, time and assert become lines', () => {
    const service = start();
    service.console.table([{ a: 1 }]);
    service.console.count('x');
    service.console.group('outer');
    service.console.log('inner');
    service.console.groupEnd();
    service.console.time('t');
    service.console.timeEnd('t');
    service.console.assert(false, 'no');
    expect(service.stdout().map(({ message }) => message)).toEqual([
      expect.stringContaining('│ (index) │ a │\n'),
      'x: 1',
      'outer',
      'inner',
      expect.stringMatching(/^t: [\d.]+ms$/),
    ]);
    expect(service.stderr()).toMatchObject([{ level: 'warn', message: 'Assertion failed: no' }]);
  });

  it('dir stays as it is', () => {
    const service = start();
    service.console.dir({ a: 1 });
    expect(service.written.stdout).toBe('{ a: 1 }\n');
    expect(service.handedOn).toEqual([]);
  });
});

describe('never throws', () => {
  it('writes as it was what cannot be made a line', () => {
    const service = start();
    const error = new Error('x');
    Object.defineProperty(error, 'stack', {
      get: () => {
        throw new Error('private');
      },
    });
    service.console.log('as it was', Object.create(error));
    expect(service.written.stdout).toMatch(/^as it was /);
    const cyclic: Fields = {};
    cyclic.self = cyclic;
    service.console.log(cyclic);
    expect(service.written.stdout).toContain('[Circular *1]');
  });

  it('a value that logs while it is made text is written, and no circle begins', () => {
    const service = start();
    const talks = {
      [Symbol.for('nodejs.util.inspect.custom')]: () => {
        service.console.log('while');
        return 'talks';
      },
    };
    service.console.log(talks);
    expect(service.written.stdout.split('\n')).toEqual([
      'while',
      expect.stringContaining('"message":"talks"'),
      '',
    ]);
  });

  it('a line that is not taken was written', () => {
    const service = start();
    service.handedOn.push = () => {
      throw new Error('full');
    };
    service.console.log('still');
    expect(service.stdout()).toMatchObject([{ message: 'still' }]);
  });
});
