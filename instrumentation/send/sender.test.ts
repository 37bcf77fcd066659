import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isOwn } from '../own-requests.ts';
import { Shelf } from '../wire/shelf.ts';
import type { Pace, SenderSettings } from './letter.ts';
import { Sender } from './sender.ts';
import { startWorker } from './start-worker.ts';
import { LineProducer } from './testing/produce-lines.ts';
import { closedPort, type Mode, type Sink, startEcho, startSink } from './testing/sink.ts';

const pace: Pace = {
  firstPauseMs: 30,
  longestPauseMs: 100,
  longestRetryAfterMs: 150,
  restOfAnswerMs: 100,
  stallMs: 200,
};
const timeoutMs = 300;
const slots = 64;
/** Of a flush that has less: the machine may stand still meanwhile. */
const endsWithinMs = 5000;
/** Where requests are counted, and the sink answers: who gives up on a slow machine sends again. */
const patient = { timeoutMs: 30_000, pace: { ...pace, stallMs: 30_000 } };

interface Trial {
  readonly shelf: Shelf;
  readonly sender: Sender;
  readonly lines: LineProducer;
  readonly told: string[];
  readonly workers: Worker[];
}

function trial(settings: Partial<SenderSettings>, start = startWorker): Trial {
  const shelf = new Shelf(slots);
  const told: string[] = [];
  const workers: Worker[] = [];
  const all: SenderSettings = {
    ...{ memory: shelf.memory, slots, service: 'memory-api', version: '1.2.3', resource: new Uint8Array() },
    ...{ traces: undefined, metrics: undefined, logs: undefined, loki: undefined },
    ...{ maskedFields: [], allowedFields: [], pace },
    ...settings,
  };
  const sender = new Sender(all, {
    tell: (text) => told.push(text),
    environment: process.env,
    start: (...how) => {
      const worker = start(...how);
      workers.push(worker);
      return worker;
    },
  });
  onTestFinished(() => sender[Symbol.asyncDispose]());
  const lines = new LineProducer(shelf, () => sender.sealed());
  return { shelf, sender, told, workers, lines };
}

const loki = (url: string, within = { timeoutMs, pace }) => ({
  loki: { url: `${url}/loki/api/v1/push`, timeoutMs: within.timeoutMs },
  pace: within.pace,
});
const otlp = (url: string, within = { timeoutMs, pace }) => ({
  logs: { ...json, url: `${url}/v1/logs`, timeoutMs: within.timeoutMs },
  pace: within.pace,
});
const json = { encoding: 'json' as const, headers: {}, gzip: false };

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; !holds(); await delay(5))
    if (performance.now() > deadline) throw new Error(`Expected ${what} within 10 s.`);
}

/** The numbers of the lines that arrived, each once. */
function arrived(sink: Sink, path = '/loki/api/v1/push'): Set<number> {
  const texts = sink.received.filter((request) => request.path === path).map(({ body }) => String(body));
  return new Set(
    texts.flatMap((text) => Array.from(text.matchAll(/"line (\d+)\\?"/g), ([, number]) => Number(number))),
  );
}

describe('a sink that serves badly, then well', () => {
  const modes: Mode[] = [
    'black hole',
    500,
    503,
    429,
    'Retry-After: 1000000',
    'garbage',
    'switches protocols',
    'endless 503',
    'answer of 400 MB',
    'slow answer',
    'reset in the middle',
  ];

  it.each(modes)('%s: nothing is lost, nothing is counted that did not arrive', async (mode) => {
    await using sink = await startSink(mode);
    const { shelf, lines, told } = trial(loki(sink.url));
    lines.produce(500);
    await until(() => sink.requests >= 2, 'a second try');
    expect(shelf.counts('logs')).toEqual({ produced: 500, delivered: 0, dropped: 0 });

    lines.produce(500);
    sink.mode = 'healthy';
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 1000, delivered: 1000, dropped: 0 });
    expect(arrived(sink).size).toBe(1000);
    expect(told).toEqual([expect.stringContaining('told once')]);
  });

  it.each(modes)('%s: flush ends in time, and who takes over delivers', async (mode) => {
    await using sink = await startSink(mode);
    const { shelf, sender, lines } = trial(loki(sink.url));
    lines.produce(500);
    await until(() => sink.requests >= 1, 'a try');
    lines.produce(500);
    const before = performance.now();
    sender.flush(400);
    expect(performance.now() - before).toBeLessThan(endsWithinMs);

    sink.mode = 'healthy';
    lines.produce(500);
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 1500, delivered: 1500, dropped: 0 });
    expect(arrived(sink).size).toBe(1500);
  });

  it.each<[string, () => Promise<string>]>([
    ['nobody listens', async () => `http://127.0.0.1:${await closedPort()}`],
    ['a name that does not exist', async () => 'http://collector.invalid:4318'],
    ['TLS to a port without it', async () => (await hold(startSink())).url.replace('http:', 'https:')],
    ['no answer but an echo, in TLS', async () => `https://127.0.0.1:${(await hold(startEcho())).port}`],
    ['no answer but an echo', async () => `http://127.0.0.1:${(await hold(startEcho())).port}`],
  ])('%s: flush ends in time, and what waited counts as dropped at the end', async (_, start) => {
    const { shelf, sender, lines, told } = trial(loki(await start()));
    lines.produce(500);
    await until(() => told.length > 0, 'a notice');
    const before = performance.now();
    sender.flush(400);
    expect(performance.now() - before).toBeLessThan(endsWithinMs);
    expect(shelf.counts('logs')).toEqual({ produced: 500, delivered: 0, dropped: 0 });
    await sender[Symbol.asyncDispose]();
    expect(shelf.counts('logs')).toEqual({ produced: 500, delivered: 0, dropped: 500 });
  });

  async function hold<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
    const started = await starting;
    onTestFinished(() => started[Symbol.asyncDispose]());
    return started;
  }
});

describe('a sink that refuses', () => {
  it.each([400, 401, 404, 301])('HTTP %i: given up at once, and counted', async (status) => {
    await using sink = await startSink('healthy', (_, response) => {
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const { shelf, lines, told } = trial(loki(sink.url, patient));
    lines.produce(10);
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 10, delivered: 0, dropped: 10 });
    expect(sink.requests).toBe(1);
    await until(() => told.length > 0, 'a notice');
    expect(told[0]).toContain(`HTTP ${status}`);
  });

  it('a part of what it was sent: the rest counts as delivered', async () => {
    await using sink = await startSink('healthy', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"partialSuccess":{"rejectedLogRecords":"3"}}');
    });
    const { shelf, lines } = trial(otlp(sink.url));
    lines.produce(10);
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 10, delivered: 7, dropped: 3 });
  });

  it.each<[string, (response: import('node:http').ServerResponse) => void]>([
    ['endless', (response) => void setInterval(() => response.write('x'.repeat(10_000)), 1).unref()],
    ['cut off', (response) => void response.write('{', () => response.destroy())],
    ['garbage', (response) => void response.end('\u0000{]')],
  ])('an answer of 200 that is %s is one', async (_, go) => {
    await using sink = await startSink('healthy', (_, response) => go(response.writeHead(200)));
    const { shelf, lines } = trial(otlp(sink.url));
    lines.produce(10);
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 10, delivered: 10, dropped: 0 });
  });
});

describe('two destinations of one signal', () => {
  it('a line is delivered when both took it', async () => {
    await using sink = await startSink();
    await using other = await startSink(503);
    const { shelf, lines } = trial({ ...loki(sink.url, patient), ...otlp(other.url, patient) });
    lines.produce(100);
    await until(() => arrived(sink).size === 100, 'the lines');
    expect(shelf.counts('logs').delivered).toBe(0);
    other.mode = 'healthy';
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 100, delivered: 100, dropped: 0 });
    expect(arrived(other, '/v1/logs').size).toBe(100);
    expect(sink.received).toHaveLength(1);
  });

  it('and dropped when one refused it', async () => {
    await using sink = await startSink();
    const refuse = (_: unknown, response: import('node:http').ServerResponse) =>
      response.writeHead(400).end();
    await using other = await startSink('healthy', refuse);
    const { shelf, lines } = trial({ ...loki(sink.url), ...otlp(other.url) });
    lines.produce(100);
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 100, delivered: 0, dropped: 100 });
  });
});

describe('more than the shelf holds', () => {
  it('new lines are dropped and counted; what was on the shelf arrives', async () => {
    await using sink = await startSink(503);
    const { shelf, lines } = trial(loki(sink.url));
    for (let round = 0; round < 60; round++) lines.produce(1000);
    const { dropped } = shelf.counts('logs');
    expect(dropped).toBeGreaterThan(1000);
    sink.mode = 'healthy';
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 60_000, delivered: 60_000 - dropped, dropped });
    expect(arrived(sink).size).toBe(60_000 - dropped);
  });
});

describe('what is sent', () => {
  it('is sent in the context of no request, and is no call of the service', async () => {
    await using sink = await startSink();
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const see = (message: unknown) => {
      const { request } = message as { request: ClientRequest };
      seen.push({ own: isOwn(request), context: context.getStore() });
    };
    subscribe('http.client.request.created', see);
    onTestFinished(() => void unsubscribe('http.client.request.created', see));
    const { shelf, lines } = trial(loki(sink.url, patient));
    context.run('a request', () => lines.produce(10));
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(seen).toEqual([{ own: true, context: undefined }]);
  });

  it('leaves the service its turn between two requests', async () => {
    await using sink = await startSink();
    const { shelf, lines } = trial({ ...loki(sink.url), ...otlp(sink.url) });
    const order: string[] = [];
    const see = () => order.push('a request');
    subscribe('http.client.request.created', see);
    onTestFinished(() => void unsubscribe('http.client.request.created', see));
    const slots = 6;
    for (let slot = 0; slot < slots; slot++) lines.produce(700);
    const turn = () => {
      order.push('the service');
      if (shelf.waitingSlots > 0) setImmediate(turn);
    };
    turn();
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    const requests = order.filter((it) => it === 'a request').length;
    expect(requests).toBeGreaterThanOrEqual(slots / 2);
    expect(order.join()).not.toContain('a request,a request');
  });
});

describe('a thread for the last try that cannot be started', () => {
  it('is said once, and what is left counts as dropped', async () => {
    const refused = () => {
      throw new Error('no threads here');
    };
    const { shelf, lines, told, sender } = trial(loki('http://127.0.0.1:1'), refused);
    lines.produce(10);
    expect([sender.flush(1000), sender.flush(1000)]).toEqual([false, false]);
    expect(told).toEqual([expect.stringContaining('no threads here')]);
    await sender[Symbol.asyncDispose]();
    expect(shelf.counts('logs')).toEqual({ produced: 10, delivered: 0, dropped: 10 });
  });

  it('takes nothing from a process that lives on', async () => {
    await using sink = await startSink();
    const refused = () => {
      throw new Error('no threads here');
    };
    const { shelf, lines, sender } = trial(loki(sink.url), refused);
    lines.produce(10);
    expect(sender.flush(100)).toBe(false);
    lines.produce(10);
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 20, delivered: 20, dropped: 0 });
  });
});

describe('a thread for the last try that dies', () => {
  it('while it is waited for: the wait has its limit, and what was not delivered counts as dropped', async () => {
    await using sink = await startSink();
    const program = fileURLToPath(new URL('./testing/loses-its-thread.ts', import.meta.url));
    const child = spawn(process.execPath, [program, `${sink.url}/loki/api/v1/push`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const printed = JSON.parse(Buffer.concat(await child.stdout.toArray()).toString());
    const delivered = arrived(sink).size;
    expect(sink.requests).toBe(1);
    expect(delivered).toBeGreaterThan(0);
    expect(printed).toEqual({ flushed: false, produced: 3000, delivered, dropped: 3000 - delivered });
  });

  it('and leaves a process that lives on: that sends by itself again, and has another thread in the end', async () => {
    await using sink = await startSink();
    const { shelf, sender, lines, workers } = trial(loki(sink.url));
    lines.produce(100);
    // It cannot be answered while this thread, which is the sink's too, is blocked.
    expect(sender.flush(1)).toBe(false);
    await workers[0]?.terminate();
    lines.produce(100);
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 200, delivered: 200, dropped: 0 });
    expect(arrived(sink).size).toBe(200);
    expect(workers).toHaveLength(1);

    lines.produce(100);
    expect(sender.flush(1)).toBe(false);
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 300, delivered: 300, dropped: 0 });
    expect(workers).toHaveLength(2);
  });
});

describe('flush', () => {
  it.each([
    ['exit', 3],
    ['throw', 1],
    ['return', 0],
  ])('at the end of a process (%s): everything arrives, and the exit code stays', async (how, code) => {
    await using sink = await startSink();
    const program = fileURLToPath(new URL('./testing/ends-at-once.ts', import.meta.url));
    const child = spawn(process.execPath, [program, `${sink.url}/loki/api/v1/push`, how], {
      stdio: 'ignore',
    });
    expect(await once(child, 'exit')).toEqual([code, null]);
    expect(arrived(sink).size).toBe(100);
  });

  it.each<[string, number, number]>([
    ['comes: nothing is sent twice', 204, 100],
    ['comes, and is no: sent again', 503, 150],
  ])('at the end of a process whose request is under way, an answer that %s', async (_, status, expected) => {
    let lines = 0;
    await using sink = await startSink('healthy', (_, response) => {
      lines += String(sink.received.at(-1)?.body).match(/"line \d+/g)?.length ?? 0;
      const answer = sink.requests === 1 ? status : 204;
      setTimeout(() => response.writeHead(answer).end(), 50);
    });
    const program = fileURLToPath(new URL('./testing/ends-at-once.ts', import.meta.url));
    const args = [program, `${sink.url}/loki/api/v1/push`, 'under-way'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    expect(await once(child, 'exit')).toEqual([3, null]);
    expect(arrived(sink).size).toBe(100);
    expect(lines).toBe(expected);
  });

  it('at the end of a process whose request is under way, what the answer says was not accepted counts as dropped', async () => {
    await using sink = await startSink('healthy', (_, response) => {
      const answer = sink.requests === 1 ? '{"partialSuccess":{"rejectedLogRecords":"3"}}' : '{}';
      const headers = { 'content-type': 'application/json', 'content-length': answer.length };
      setTimeout(() => response.writeHead(200, headers).end(answer), 50);
    });
    const program = fileURLToPath(new URL('./testing/ends-at-once.ts', import.meta.url));
    const child = spawn(process.execPath, [program, `${sink.url}/v1/logs`, 'under-way']);
    const printed = Buffer.concat(await child.stdout.toArray());
    expect(JSON.parse(printed.toString())).toEqual({ produced: 100, delivered: 97, dropped: 3 });
  });

  it('at the end of a process whose request is under way, on a machine that stands still: nothing is sent twice', async () => {
    let lines = 0;
    await using sink = await startSink('healthy', async (_, response) => {
      lines += String(sink.received.at(-1)?.body).match(/"line \d+/g)?.length ?? 0;
      if (sink.requests === 1) {
        // Once it waits for the answer; and for longer than it may.
        await delay(200);
        child.kill('SIGSTOP');
        await delay(2000);
        child.kill('SIGCONT');
        await delay(200);
      }
      response.writeHead(204).end();
    });
    const program = fileURLToPath(new URL('./testing/ends-at-once.ts', import.meta.url));
    const args = [program, `${sink.url}/loki/api/v1/push`, 'under-way'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    expect(await once(child, 'exit')).toEqual([3, null]);
    expect(lines).toBe(100);
  });

  it('waits a moment for who failed before, though it is asked twice', async () => {
    await using sink = await startSink(503);
    const { sender, lines, told } = trial(loki(sink.url, patient));
    lines.produce(100);
    await until(() => told.length > 0, 'a failure');
    sink.mode = 'black hole';
    const before = sink.requests;
    await until(() => sink.requests > before, 'a try that hangs');
    const beganMs = performance.now();
    expect([sender.flush(12_000), sender.flush(12_000)]).toEqual([true, true]);
    // A third of the time is for answers, of others than this one.
    expect(performance.now() - beganMs).toBeLessThan(4000);
  });

  it('does not wait for the pause after a failure', async () => {
    await using sink = await startSink(503);
    const resting = { ...pace, firstPauseMs: 60_000, longestPauseMs: 60_000 };
    const { shelf, sender, lines, told } = trial({ ...loki(sink.url), pace: resting });
    lines.produce(100);
    // That the sink refused is not enough: the sender has to have heard it.
    await until(() => told.length === 1, 'a failure');
    sink.mode = 'healthy';
    lines.produce(100);
    // It cannot be answered while this thread, which is the sink's too, is blocked.
    expect(sender.flush(1)).toBe(false);
    await until(() => shelf.waitingSlots === 0, 'an empty shelf');
    expect(shelf.counts('logs')).toEqual({ produced: 200, delivered: 200, dropped: 0 });
  });
});
