import { createSocket } from 'node:dgram';
import { type LookupOptions, lookup, Resolver } from 'node:dns';
import { once } from 'node:events';
import type { LookupFunction } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../testing/until.ts';
import { carefulLookup } from './lookup.ts';
import { firstAsked, isListed } from './name-files.ts';

/** A name server: silent, or one that knows no name. */
async function nameServer(answers: boolean): Promise<{ port: number; asked: () => number }> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (query, from) => {
    asked++;
    // The query itself, as an answer with the code 3: no such name.
    const answer = Buffer.from(query);
    answer.writeUInt16BE(0x8183, 2);
    if (answers) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { port: socket.address().port, asked: () => asked };
}

function lookupAt(port: number) {
  const resolver = new Resolver({ timeout: 150, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const system: string[] = [];
  const asked = carefulLookup({
    lookup: ((name: string, options: LookupOptions, callback: Parameters<LookupFunction>[2]) => {
      system.push(name);
      lookup('127.0.0.1', options, callback);
    }) as typeof lookup,
    resolver,
    hosts: () => '127.0.0.9 listed.example # not.listed\n',
    settings: () => '',
  });
  const resolve = (name: string) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    asked(name, {}, (error, address) => resolve(error ? String(error.code) : String(address)));
    return promise;
  };
  return { resolve, system };
}

describe('the system is asked for a name', () => {
  it('and what somebody put in its place throws is an answer, for this name and no other', async () => {
    let thrown = 0;
    const asked = carefulLookup({
      lookup: ((_name: string, _options: LookupOptions, callback: Parameters<LookupFunction>[2]) => {
        if (thrown++ === 0) throw Object.assign(new Error('on purpose'), { code: 'EPURPOSE' });
        callback(null, '127.0.0.1', 4);
      }) as typeof lookup,
      resolver: new Resolver(),
      hosts: () => '127.0.0.9 listed.example\n',
      settings: () => '',
    });
    const answers = [1, 2].map(() => {
      const { promise, resolve } = Promise.withResolvers<string>();
      asked('listed.example', {}, (error, address) => resolve(error ? String(error.code) : String(address)));
      return promise;
    });
    expect(await Promise.all(answers)).toEqual(['EPURPOSE', '127.0.0.1']);
  });

  it('not without end while it does not answer, and again once it does', async () => {
    const unanswered: (() => void)[] = [];
    const asked = carefulLookup({
      lookup: ((_name: string, _options: LookupOptions, callback: Parameters<LookupFunction>[2]) => {
        unanswered.push(() => callback(null, '127.0.0.1', 4));
      }) as typeof lookup,
      resolver: new Resolver(),
      hosts: () => '127.0.0.9 listed.example\n',
      settings: () => '',
    });
    const answers: string[] = [];
    const ask = () => asked('listed.example', {}, (error) => answers.push(error?.message ?? 'found'));
    for (let i = 0; i < 20; i++) ask();
    expect(answers).toEqual(Array(4).fill('16 lookups wait already'));
    for (let found = 1; found <= 16; found++) {
      await until('the next one', () => unanswered.length > 0);
      unanswered.shift()!();
      await until('its answer', () => answers.length === 4 + found);
    }
    ask();
    await until('one more', () => unanswered.length > 0);
    unanswered.shift()!();
    expect(answers.slice(4)).toEqual(Array(17).fill('found'));
  });

  it('not while the servers are silent, which is found out once', async () => {
    const server = await nameServer(false);
    const { resolve, system } = lookupAt(server.port);
    const all = await Promise.all(['a.example', 'b.example', 'c.example'].map(resolve));
    expect(all).toEqual(['ETIMEOUT', 'ETIMEOUT', 'ETIMEOUT']);
    expect(system).toEqual([]);
    expect(server.asked()).toBe(1);
  });

  it('when they answer, whatever', async () => {
    const { resolve, system } = lookupAt((await nameServer(true)).port);
    expect(await Promise.all([resolve('a.example'), resolve('b.example')])).toEqual([
      '127.0.0.1',
      '127.0.0.1',
    ]);
    expect(system).toEqual(['a.example', 'b.example']);
  });

  it('when no server is needed for it', async () => {
    const { resolve, system } = lookupAt((await nameServer(false)).port);
    expect(await Promise.all([resolve('listed.example'), resolve('localhost')])).toEqual([
      '127.0.0.1',
      '127.0.0.1',
    ]);
    expect(system).toEqual(['listed.example', 'localhost']);
  });
});

it.each([
  ['localhost', true],
  ['LISTED.example', true],
  ['alias', true],
  ['not.listed', false],
  ['127.0.0.1', false],
  ['example', false],
])('%s is listed: %s', (name, expected) => {
  expect(isListed(name, '# not.listed\n127.0.0.1\tlisted.example alias # not.listed\n')).toBe(expected);
});

it.each([
  ['collector', '', 'collector'],
  [
    'collector',
    'search ns.svc.cluster.local svc.cluster.local\noptions ndots:5\n',
    'collector.ns.svc.cluster.local',
  ],
  ['collector.obs', 'options edns0 ndots:5\nsearch a.local', 'collector.obs.a.local'],
  ['collector.obs', 'search a.local', 'collector.obs'],
  ['collector.obs.', 'search a.local\noptions ndots:5', 'collector.obs.'],
  ['collector', 'search .', 'collector'],
])('%s with %j is asked for as %s', (name, settings, expected) => {
  expect(firstAsked(name, settings)).toBe(expected);
});
