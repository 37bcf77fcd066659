import { dashboard } from './kit/dashboard.ts';
import { row } from './kit/layout.ts';
import { atLeast, atMost, limits } from './kit/limits.ts';
import { toTrace } from './kit/links.ts';
import { lineCount, linesQuery, logQuery, logQueryOnce, serviceLines } from './kit/logql.ts';
import { limited, lines, number, stacked, table } from './kit/panels.ts';
import { onRoute, query, rateOfRare, sum } from './kit/promql.ts';

const requests = 'http_requests_total';
const failed = (by?: string) => sum(rateOfRare(requests, onRoute, 'http_response_status_code=~"5.."'), by);
const classified = serviceLines('error_code!=""');
const refusedOrFailed = serviceLines('status_code>=400');
/**
 * Beside each line of such a request stands another with the code. Calls of tools, which have `tool` and are answered with 200,
 * and what came to no request, which has `reason`, have a code too, and would make up for a request without one.
 */
const classifiedRequests = serviceLines('error_code!="" | tool="" | reason=""');

export const errors = dashboard({
  name: 'errors',
  title: 'Errors',
  description:
    'What goes wrong: of which class, how severe, with which code, on which route, and in which trace.',
  variables: ['service', 'route'],
  rows: [
    row(
      8,
      limited('How many requests fail, on which route?', 'percentunit', atMost(limits.errorShare))
        .description('Answered with 5xx, of all of the route.')
        .withTarget(
          query(
            `${failed('http_route')} / ${sum(rateOfRare(requests, onRoute), 'http_route')} or 0 * ${sum(rateOfRare(requests, onRoute), 'http_route')}`,
            '{{http_route}}',
          ),
        ),
      stacked('What is refused or fails?', 'reqps')
        .noValue('nothing')
        .withTarget(
          query(
            sum(
              rateOfRare(requests, onRoute, 'http_response_status_code=~"4..|5.."'),
              'http_response_status_code',
            ),
            '{{http_response_status_code}}',
          ),
        ),
      number('Is every error classified?', 'percentunit')
        .thresholds(atLeast({ promised: 1 }))
        .max(1)
        .noValue('no errors')
        .description(
          'Of the requests that were answered with 4xx or 5xx, those with a line that has a code. Promised: all.',
        )
        .withTarget(
          logQueryOnce(
            `(sum(count_over_time(${classifiedRequests} [$__range])) or vector(0)) / sum(count_over_time(${refusedOrFailed} [$__range]))`,
            'classified',
          ),
        ),
    ),
    row(
      8,
      stacked('Of which class are they?', 'short')
        .noValue('no errors')
        .withTarget(logQuery(lineCount(classified, 'category'), '{{category}}')),
      stacked('How severe are they?', 'short')
        .noValue('no errors')
        .withTarget(logQuery(lineCount(classified, 'severity'), '{{severity}}')),
      stacked('Which codes do they have?', 'short')
        .noValue('no errors')
        .withTarget(logQuery(lineCount(classified, 'error_code'), '{{error_code}}')),
    ),
    row(
      10,
      table('What failed last, and where is its trace?', [
        'category',
        'severity',
        'error_code',
        'message',
        'trace_id',
      ])
        .noValue('nothing')
        .description(
          'The last failures that are the fault of the service. A click on the id shows the trace.',
        )
        .withTarget(linesQuery(serviceLines('error_code!="" | severity=~"high|critical"')))
        .overrideByName('trace_id', [{ id: 'links', value: [toTrace().build()] }]),
      lines('What do the lines of errors say?').noValue('no errors').withTarget(linesQuery(classified)),
    ),
    row(
      8,
      stacked('What did Redis, PostgreSQL and the embeddings fail with?', 'ops')
        .noValue('nothing')
        .withTarget(
          query(
            sum(rateOfRare('dependency_calls_total', 'outcome="error"'), 'dependency, error_type'),
            '{{dependency}}: {{error_type}}',
          ),
        )
        .withTarget(query(sum(rateOfRare('redis_errors_total')), 'redis')),
      stacked('Who is refused because of their number?', 'reqps')
        .noValue('nobody')
        .description('By route; an alert comes above 50 in five minutes.')
        .withTarget(query(sum(rateOfRare('rate_limit_exceeded_total'), 'route'), '{{route}}')),
    ),
  ],
});
