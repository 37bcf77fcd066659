/** The k6 script of a scenario that lists its requests instead of bringing a script of its own. */
import { iteration, options, pick, plan, random, send, zipf } from './k6.ts';

export { options };

const shares = Object.fromEntries(plan.requests.map(({ name, weight }) => [name, weight]));
const byName = Object.fromEntries(
  plan.requests.map((request) => [request.name, { ...request, popular: zipf(request.population, 1) }]),
);

export default function () {
  const draw = random(plan.seed, iteration());
  const request = byName[pick(shares, draw())];
  if (!request) return;
  const n = String(request.popular(draw()));
  const body =
    request.body === undefined ? undefined : JSON.parse(JSON.stringify(request.body).replaceAll('{n}', n));
  send(request.name, request.method, request.path.replaceAll('{n}', n), body);
}
