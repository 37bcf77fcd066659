import { breakers } from '../scenarios/memory-api/service.ts';
import { dashboard } from './kit/dashboard.ts';
import { row } from './kit/layout.ts';
import { atLeast, atMost, limits } from './kit/limits.ts';
import { limited, number, series, states } from './kit/panels.ts';
import { metric, orZero, percentiles, quantile, query, rateOfRare, sum } from './kit/promql.ts';

const operations = 'db_client_operation_duration_seconds';
const postgres = 'db_system_name="postgresql"';
const redis = 'db_system_name="redis"';
const embedding = 'embedding_generation_duration_seconds';
const calls = 'dependency_calls_total';
const ofRedis = `circuit_breaker_name="${breakers.redis}"`;

/** Of the calls that failed at first, those that went well when they were made again. */
const recovered = sum(rateOfRare(calls, 'recovered="true"'));
const recoverable = `(${orZero(recovered)} + ${orZero(sum(rateOfRare(calls, 'outcome="error"', 'error_type!="CIRCUIT_BREAKER_OPEN"')))})`;

export const dependencies = dashboard({
  name: 'dependencies',
  title: 'Dependencies',
  description: 'How PostgreSQL, Redis and the provider of embeddings do for the service.',
  variables: ['service'],
  rows: [
    row(
      5,
      states('When did which one not answer?', { 0: ['away', 'red'], 1: ['answers', 'green'] })
        .description(
          'As the service saw it when it looked, which it does every five minutes and at the start.',
        )
        .withTarget(query(`min by (dependency) (${metric('dependency_up')})`, '{{dependency}}')),
      number('Are failures made good by trying again?', 'percentunit')
        .thresholds(atLeast(limits.recoveredShare))
        .description(
          'Of the calls that failed at first, the share that a retry mended. Calls that a breaker kept away were not tried. Without failures there is nothing to mend: 100 %.',
        )
        .withTarget(
          query(
            `((${orZero(recovered)} / (${recoverable} > 0)) or vector(1)) and on() ${metric('up')}`,
            'recovered',
          ),
        ),
    ),
    row(
      8,
      series('How long does PostgreSQL take?', 's').targets(percentiles(operations, postgres)),
      series('How often does PostgreSQL fail?', 'cps')
        .description(
          'Calls, each with all its tries, by what went wrong, and connections that failed or were lost.',
        )
        .noValue('never')
        .withTarget(
          query(
            sum(rateOfRare(calls, 'dependency="postgres"', 'outcome="error"'), 'error_type'),
            '{{error_type}}',
          ),
        )
        .withTarget(query(sum(rateOfRare('database_connection_errors_total')), 'connections')),
      limited('Are there enough connections?', 'short', atMost(limits.connections))
        .description(
          'The red line is the most that the pool opens. Whoever waits gets one as soon as one is free.',
        )
        .withTarget(query(`sum(${metric('database_pool_out')})`, 'at work'))
        .withTarget(query(`sum(${metric('database_pool_in')})`, 'at rest'))
        .withTarget(query(`sum(${metric('database_pool_overflow')})`, 'beyond what is kept'))
        .withTarget(query(`sum(${metric('database_pool_waiting')})`, 'waiting')),
      series('How long is a connection waited for?', 's')
        .withTarget(query(quantile(0.95, 'db_client_connection_wait_time_seconds'), 'P95, of the pool'))
        .withTarget(query(quantile(0.95, 'db_client_connection_create_time_seconds'), 'P95, to open one')),
    ),
    row(
      8,
      series('How long does Redis take?', 's').targets(percentiles(operations, redis)),
      series('How often does Redis fail?', 'cps')
        .description(
          'Commands that were sent and failed, and calls that failed, also because nothing could be sent. What the breaker kept away is on the next dashboard.',
        )
        .withTarget(
          query(sum(rateOfRare('redis_errors_total'), 'db_operation_name'), '{{db_operation_name}}'),
        )
        .withTarget(
          query(
            sum(rateOfRare('circuit_breaker_calls_total', ofRedis, 'outcome=~"failure|timeout"')),
            'calls, as the breaker saw it',
          ),
        ),
      series('How much memory does Redis use?', 'bytes').withTarget(
        query(`max by (server_port) (${metric('redis_memory_used_bytes')})`, 'port {{server_port}}'),
      ),
    ),
    row(
      8,
      limited('How long does an embedding take?', 's', atMost(limits.embeddingP95S))
        .description('Also those that failed, but not those that the cache had.')
        .targets(percentiles(embedding, 'cached="false"')),
      series('How often is there no embedding?', 'cps')
        .noValue('never')
        .withTarget(
          query(
            sum(rateOfRare('embedding_generations_total', 'outcome="error"'), 'error_type'),
            '{{error_type}}',
          ),
        ),
      series('How long does its provider take?', 's')
        .description('Requests over HTTP that the service makes, by address.')
        .withTarget(
          query(
            quantile(0.95, 'http_client_request_duration_seconds', 'server_address, server_port'),
            'P95 {{server_address}}:{{server_port}}',
          ),
        ),
    ),
  ],
});
