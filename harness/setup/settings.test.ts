import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

describe('the cache folder', () => {
  it.each([
    [0, {}, '/var/cache/ordeal'],
    [0, { XDG_CACHE_HOME: '/x' }, '/var/cache/ordeal'],
    [1000, { HOME: '/home/me' }, '/home/me/.cache/ordeal'],
    [1000, { HOME: '/home/me', XDG_CACHE_HOME: '/x' }, '/x/ordeal'],
    [1000, { HOME: '/home/me', ORDEAL_CACHE_DIR: '/mine' }, '/mine'],
    [0, { ORDEAL_CACHE_DIR: '/mine' }, '/mine'],
  ])('of user %i with %j', (uid, env, folder) => {
    expect(readSettings(env, uid).cacheFolder).toBe(folder);
  });
});

describe('where an engine is looked for', () => {
  it.each([
    [{ DOCKER_HOST: 'tcp://127.0.0.1:2375' }, ['tcp://127.0.0.1:2375']],
    [{ HOME: '/h' }, ['unix:///var/run/docker.sock', 'unix:///h/.docker/run/docker.sock']],
    [
      { HOME: '/h', XDG_RUNTIME_DIR: '/run/user/7' },
      ['unix:///var/run/docker.sock', 'unix:///h/.docker/run/docker.sock', 'unix:///run/user/7/docker.sock'],
    ],
  ])('with %j', (env, hosts) => {
    expect(readSettings(env, 1000).dockerHosts).toEqual(hosts);
  });
});

it('takes an empty variable for one that is not set', () => {
  const { explicit, k6Image } = readSettings({ K6_BIN: '', ORDEAL_K6_IMAGE: '' }, 0);
  expect(explicit.k6).toBeUndefined();
  expect(k6Image).toBe('grafana/k6:1.8.1');
});
