import { dashboard } from './kit/dashboard.ts';
import { row } from './kit/layout.ts';
import { atMost, limits } from './kit/limits.ts';
import { heat, limited, number, series, stacked } from './kit/panels.ts';
import {
  buckets,
  metric,
  orZero,
  percentiles,
  quantile,
  query,
  rate,
  rateOfRare,
  sum,
} from './kit/promql.ts';

const operations = 'memory_operations_total';
const search = 'vector_search_duration_seconds';
const stored = `sum(${metric('memories')})`;
const indexed = `sum(${metric('vector_index_size')})`;

/** Found by words, because the meaning of the query could not be had. */
const degraded = `${orZero(sum(rateOfRare(`${search}_count`, 'type="text"')))} / ${sum(rateOfRare(`${search}_count`))}`;

export const memories = dashboard({
  name: 'memories',
  title: 'Memories and search',
  description: 'What users do with memories, and how well the search by meaning finds them.',
  variables: ['service'],
  rows: [
    row(
      5,
      number('How many memories are there?', 'short')
        .description('By kind; counted at the start and every five minutes.')
        .withTarget(query(`max by (memory_kind) (${metric('memories')})`, '{{memory_kind}}')),
      number('How large is the index?', 'short')
        .description('Memories that a search can find by meaning; counted like the others.')
        .withTarget(query(`max(${metric('vector_index_size')})`, 'memories')),
      number('How many wait for their embedding?', 'short')
        .thresholds(atMost({ promised: 1, alarming: 100 }))
        .description('Written while the provider of embeddings was away: found by words until it is back.')
        .withTarget(query(`${stored} - ${indexed}`, 'memories')),
      number('How many searches are degraded?', 'percentunit')
        .thresholds(atMost(limits.errorShare))
        .description('Found by words, because the provider of embeddings did not answer.')
        .withTarget(query(degraded, 'by words')),
    ),
    row(
      8,
      series('What is done?', 'ops').withTarget(query(sum(rate(operations), 'operation'), '{{operation}}')),
      stacked('With which kinds?', 'ops')
        .description('Operations on one memory; lists and searches have none.')
        .withTarget(query(sum(rate(operations, 'memory_kind!=""'), 'memory_kind'), '{{memory_kind}}')),
      series('What does not work?', 'ops')
        .noValue('everything works')
        .withTarget(
          query(
            sum(rateOfRare(operations, 'outcome="error"'), 'operation, error_type'),
            '{{operation}}: {{error_type}}',
          ),
        ),
      limited('How long does it take?', 's', atMost(limits.p95S))
        .description('P95 of each operation, without HTTP around it.')
        .withTarget(query(quantile(0.95, 'memory_operation_duration_seconds', 'operation'), '{{operation}}')),
    ),
    row(
      9,
      limited('How long does a search take?', 's', atMost(limits.p95S))
        .description('In the store alone: the embedding of the query is made before.')
        .targets(percentiles(search)),
      heat('How similar is what is found?', 'none')
        .description(
          'Cosine similarity of each memory that was found: near 1 the meaning is the same, near 0 it is another.',
        )
        .withTarget(buckets('vector_search_similarity')),
      heat('How many memories does a search find?', 'none').withTarget(buckets('vector_search_results')),
    ),
    row(
      8,
      series('What does the store not do?', 'ops')
        .noValue('everything works')
        .withTarget(
          query(
            sum(rateOfRare('vector_store_operation_errors_total'), 'operation, error_type'),
            '{{operation}}: {{error_type}}',
          ),
        ),
      stacked('Where do embeddings come from?', 'ops').withTarget(
        query(sum(rate('embedding_generations_total', 'outcome="ok"'), 'cached'), 'cached: {{cached}}'),
      ),
    ),
  ],
});
