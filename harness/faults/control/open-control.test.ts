import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it, test } from 'vitest';
import type { Control } from './control.ts';
import { openControl } from './open-control.ts';

const fault = { kind: 'skew-clock', skewMs: 5000 } as const;
const signal = new AbortController().signal;
type Command = { id: string; do: string; token: string; forMs?: number };

/** A preload by hand. @param answer what it says to a command; nothing when undefined */
async function come(
  control: Control,
  answer: (command: Command) => object | string | undefined = obedient,
  hello: object = {},
) {
  const [host, port] = control.env.ORDEAL_CONTROL!.split(':') as [string, string];
  const socket: Socket = connect({ host, port: Number(port) });
  await once(socket, 'connect');
  const heard: Command[] = [];
  const say = (what: object | string) =>
    socket.write(`${typeof what === 'string' ? what : JSON.stringify(what)}\n`);
  createInterface(socket.on('error', () => {}))
    .on('error', () => {})
    .on('line', (line) => {
      const command = JSON.parse(line) as Command;
      heard.push(command);
      const said = answer(command);
      if (said !== undefined) say(said);
    });
  say({ say: 'hello', token: control.env.ORDEAL_CONTROL_TOKEN, pid: 7, node: 'v24.0.0', ...hello });
  return { socket, heard };
}

function obedient({ id, do: what }: Command): object {
  const status = { dateMs: 1, loopDelayMs: 1, heapUsedBytes: 1, cpuMs: 1 };
  if (what === 'status') return { say: 'status', id, ...status };
  return { say: what === 'heal' ? 'healed' : 'in-force', id };
}

describe('the control channel', () => {
  it('puts a fault into every process that came, and heals it once', async () => {
    await using control = await openControl();
    const both = [await come(control), await come(control, obedient, { pid: 8 })];
    await expect.poll(() => control.pids()).toEqual([7, 8]);
    const injection = await control.inject(fault, 1234, signal);
    expect(await control.status(undefined, signal)).toHaveLength(2);
    await injection.heal();
    await injection.heal();
    for (const { heard } of both) {
      expect(heard.map((it) => it.do)).toEqual(['inject', 'status', 'heal']);
      expect(heard[0]).toMatchObject({ fault, forMs: 1234 });
      expect(heard[2]!.id).toBe(heard[0]!.id);
      expect(new Set(heard.map((it) => it.token))).toEqual(new Set([control.env.ORDEAL_CONTROL_TOKEN]));
    }
  });

  it('is on 127.0.0.1, with another token each time', async () => {
    await using a = await openControl();
    await using b = await openControl();
    expect(a.env.ORDEAL_CONTROL).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(a.env.ORDEAL_CONTROL_TOKEN).toHaveLength(32);
    expect(a.env.ORDEAL_CONTROL_TOKEN).not.toBe(b.env.ORDEAL_CONTROL_TOKEN);
  });

  test.each<[string, object, string | undefined]>([
    ['another token', { token: 'guessed' }, undefined],
    ['a second one of the same process', {}, undefined],
    ['what is no hello', { pid: 'x' }, undefined],
    ['what is not JSON', { pid: 9 }, 'GET / HTTP/1.1'],
    ['a line without an end', { pid: 9 }, 'x'.repeat(200_000)],
  ])('closes the door on %s', async (what, hello, then) => {
    await using control = await openControl();
    if (what.startsWith('a second')) await come(control);
    const { socket } = await come(control, obedient, hello);
    if (then) socket.write(`${then}\n`);
    await expect.poll(() => socket.destroyed).toBe(true);
    expect(control.pids()).toEqual(what.startsWith('a second') ? [7] : []);
  });

  test.each<[string, (command: Command) => object | undefined, RegExp]>([
    [
      'refuses',
      ({ id, do: what }) =>
        what === 'inject' ? { say: 'refused', id, reason: 'no room' } : { say: 'healed', id },
      /skew-clock was not put into the target's process 7: it refused: no room/,
    ],
    [
      'does not heal',
      ({ id, do: what }) =>
        what === 'inject' ? { say: 'in-force', id } : { say: 'refused', id, reason: 'why' },
      /process 7 was not healed: it refused: why/,
    ],
  ])('tells of a process that %s', async (_, answer, message) => {
    await using control = await openControl();
    await come(control, answer);
    const all = async () => (await control.inject(fault, 1, signal)).heal();
    await expect(all()).rejects.toThrow(message);
  });

  it('tells of a process that goes away, and has nothing to heal there', async () => {
    await using control = await openControl();
    const { socket } = await come(control, ({ id, do: what }) => {
      if (what === 'inject') return { say: 'in-force', id };
      socket.destroy();
      return undefined;
    });
    await (await control.inject(fault, 1, signal)).heal();
    await expect.poll(() => control.pids()).toEqual([]);
  });

  it('heals what went in elsewhere when one refuses', async () => {
    await using control = await openControl();
    const willing = await come(control, obedient, { pid: 8 });
    await come(control, ({ id }) => ({ say: 'refused', id, reason: 'no' }));
    await expect.poll(() => control.pids().length).toBe(2);
    await expect(control.inject(fault, 1, signal)).rejects.toThrow();
    expect(willing.heard.map((it) => it.do)).toEqual(['inject', 'heal']);
  });

  it('waits for the first to come, until it is aborted', async () => {
    await using control = await openControl();
    const reason = new Error('interrupted');
    await expect(control.arrival(AbortSignal.abort(reason))).rejects.toBe(reason);
    const arrived = control.arrival(signal);
    await come(control);
    await arrived;
    await expect(control.inject(fault, 1, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
