import { expect, it } from 'vitest';
import { throttledSeconds } from './cgroup.ts';

const statV2 = 'usage_usec 900\nnr_periods 4\nnr_throttled 2\nthrottled_usec 2500000\n';
const statV1 = 'nr_periods 4\nnr_throttled 2\nthrottled_time 2500000000\n';
const withoutLimit = 'usage_usec 900\nuser_usec 800\nsystem_usec 100\n';

const inV1 = '3:cpuset:/\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/docker/abc\n';

it.each([
  ['a container of cgroup v2', 2.5, { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.stat': statV2 }],
  [
    'a service of systemd under v2',
    2.5,
    {
      '/proc/self/cgroup': '0::/system.slice/memory.service\n',
      '/sys/fs/cgroup/cpu.stat': withoutLimit,
      '/sys/fs/cgroup/system.slice/memory.service/cpu.stat': statV2,
    },
  ],
  [
    'a container of v1, which sees its group at the top',
    2.5,
    { '/proc/self/cgroup': inV1, '/sys/fs/cgroup/cpu/cpu.stat': statV1 },
  ],
  [
    'a group of v1 seen from outside',
    2.5,
    {
      '/proc/self/cgroup': '2:cpu:/docker/abc\n',
      '/sys/fs/cgroup/cpu/docker/abc/cpu.stat': statV1,
      '/sys/fs/cgroup/cpu/cpu.stat': statV1.replace('25', '99'),
    },
  ],
  [
    'the root of v2, which cannot be limited',
    undefined,
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.stat': withoutLimit },
  ],
  [
    'only the group of CPU sets',
    undefined,
    { '/proc/self/cgroup': '3:cpuset:/\n', '/sys/fs/cgroup/cpuset/cpu.stat': statV1 },
  ],
  ['nonsense', undefined, { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.stat': 'throttled_usec -\n' }],
  ['no Linux', undefined, {}],
])('%s: %s s', (_, expected, files: Record<string, string>) => {
  expect(throttledSeconds(reading(files))()).toBe(expected);
});

it('is read anew each time, and says nothing when the file has gone', () => {
  const files: Record<string, string> = { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.stat': statV2 };
  const seconds = throttledSeconds(reading(files));
  expect(seconds()).toBe(2.5);
  files['/sys/fs/cgroup/cpu.stat'] = 'throttled_usec 3000000\n';
  expect(seconds()).toBe(3);
  delete files['/sys/fs/cgroup/cpu.stat'];
  expect(seconds()).toBeUndefined();
});

function reading(files: Readonly<Record<string, string>>) {
  return (path: string) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return text;
  };
}
