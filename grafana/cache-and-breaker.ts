import { breakers } from '../scenarios/memory-api/service.ts';
import { dashboard } from './kit/dashboard.ts';
import { row } from './kit/layout.ts';
import { atLeast, limits } from './kit/limits.ts';
import { limited, number, series, stacked, states } from './kit/panels.ts';
import { metric, query, rate, rateOfRare, sum, traffic } from './kit/promql.ts';

const hits = (by?: string) => sum(rate('cache_hits_total'), by);
const misses = (by?: string) => sum(rate('cache_misses_total'), by);
const hitShare = `${hits()} / (${hits()} + ${misses()})`;
const keys = (matcher: string) => sum(rate('redis_reads_total', matcher));
const statements = sum(rate('db_client_operation_duration_seconds_count', 'db_system_name="postgresql"'));

const calls = 'circuit_breaker_calls_total';
const state = (name: string) =>
  `max by (circuit_breaker_name) (${metric('circuit_breaker_state', `circuit_breaker_state="${name}"`)})`;

/** The preload calls a breaker after the file that makes it; a person wants to know for what it is. */
const names = [
  [breakers.redis, 'Redis'],
  [breakers.postgres, 'PostgreSQL'],
  [breakers.embeddings, 'embeddings'],
] as const;

const keptAway = series('How many calls were kept away?', 'cps')
  .description('Calls that an open breaker did not let through, so that nobody waited in vain.')
  .noValue('none')
  .withTarget(
    query(sum(rateOfRare(calls, 'outcome="rejected"'), 'circuit_breaker_name'), '{{circuit_breaker_name}}'),
  );

const timeline = states('In which state is each breaker?', {
  0: ['closed', 'green'],
  1: ['half open', 'orange'],
  2: ['open', 'red'],
})
  .description('Open: the dependency is left alone. Half open: one call tries it again.')
  .withTarget(query(`${state('half_open')} + 2 * ${state('open')}`, '{{circuit_breaker_name}}'));

for (const [breaker, dependency] of names)
  for (const panel of [keptAway, timeline])
    panel.overrideByName(breaker, [{ id: 'displayName', value: dependency }]);

export const cacheAndBreaker = dashboard({
  name: 'cache-and-breaker',
  title: 'Cache and breakers',
  description: 'What the cache saves, and what the breakers keep away from a dependency that is not well.',
  variables: ['service'],
  rows: [
    row(
      8,
      number('How much does the cache answer?', 'percentunit')
        .decimals(1)
        .min(0)
        .max(1)
        .thresholds(atLeast(limits.hitShare))
        .description('Hits of all lookups, of all layers. Promised: 80 %.')
        .withTarget(query(hitShare, 'hits')),
      limited('Does the cache keep what is asked again?', 'percentunit', atLeast(limits.hitShare))
        .max(1)
        .description('As the service counts its lookups, and as Redis answered reads of keys: two witnesses.')
        .withTarget(
          query(`${hits('layer')} / (${hits('layer')} + ${misses('layer')})`, '{{layer}}, of lookups'),
        )
        .withTarget(query(`${keys('outcome="hit"')} / ${sum(rate('redis_reads_total'))}`, 'Redis, of keys')),
      stacked('How many lookups find something?', 'cps')
        .withTarget(query(hits('layer'), '{{layer}}: hits'))
        .withTarget(query(misses('layer'), '{{layer}}: misses')),
      series('How much is left for PostgreSQL?', 'none')
        .decimals(2)
        .description('Statements for each request. Without the cache each request costs at least one.')
        .withTarget(
          query(`${statements} / ${sum(rate('http_requests_total', traffic))}`, 'statements a request'),
        ),
    ),
    row(6, timeline),
    row(
      8,
      keptAway,
      stacked('How do calls through breakers end?', 'cps').withTarget(
        query(sum(rateOfRare(calls), 'outcome'), '{{outcome}}'),
      ),
      series('How often do breakers change?', 'cps')
        .noValue('never')
        .withTarget(
          query(
            sum(rateOfRare('dependency_breaker_transitions_total'), 'dependency, to'),
            '{{dependency}} to {{to}}',
          ),
        ),
    ),
  ],
});
