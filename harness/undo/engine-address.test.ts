import { expect, it } from 'vitest';
import { engineAddress } from './engine-address.ts';

it.each([
  ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock' }],
  ['tcp://127.0.0.1:4243', { host: '127.0.0.1', port: '4243' }],
  ['tcp://engine.example', { host: 'engine.example', port: 2375 }],
  ['http://localhost:2375', { host: 'localhost', port: '2375' }],
  ['tcp://[::1]:2375', { host: '::1', port: '2375' }],
])('%s', (dockerHost, expected) => {
  expect(engineAddress(dockerHost)).toEqual(expected);
});

it.each([
  'ssh://me@engine.example',
  'npipe:////./pipe/docker_engine',
  'https://engine.example',
  '/run/docker.sock',
  '',
])('"%s" is refused', (dockerHost) => {
  expect(() => engineAddress(dockerHost)).toThrow(`"${dockerHost}": expected unix:// or tcp://`);
});
