import { afterAll, expect, it } from 'vitest';
import { ActiveUsers } from './active-users.ts';
import { channels } from './events.ts';

let told: unknown;
const listen = (message: unknown) => {
  told = message;
};
channels.activeUsers.subscribe(listen);
afterAll(() => channels.activeUsers.unsubscribe(listen));

const minuteMs = 60_000;

it.each([
  ['nobody', [], 0],
  ['one, who comes often', ['ada', 'ada', 'ada'], 1],
  ['two', ['ada', 'bob', 'ada'], 2],
  ['no more than it can tell apart', Array.from({ length: 12_000 }, (_, at) => `user-${at}`), 10_000],
])('%s', (_, users, count) => {
  const active = new ActiveUsers(() => 0);
  for (const user of users) active.saw(user);
  active.publish();
  expect(told).toEqual({ users: count });
});

it('forgets who was not seen for five minutes', () => {
  let nowMs = 0;
  const active = new ActiveUsers(() => nowMs);
  active.saw('ada');
  active.saw('bob');
  nowMs = 4 * minuteMs;
  active.saw('ada');
  nowMs = 6 * minuteMs;
  active.publish();
  expect(told).toEqual({ users: 1 });
});
