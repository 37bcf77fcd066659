import { dashboard } from './kit/dashboard.ts';
import { row } from './kit/layout.ts';
import { atMost, limits } from './kit/limits.ts';
import { toDashboard } from './kit/links.ts';
import { heat, limited, named, number, series, stacked } from './kit/panels.ts';
import {
  buckets,
  metric,
  onRoute,
  orZero,
  percentiles,
  quantile,
  query,
  rate,
  rateOfRare,
  sum,
} from './kit/promql.ts';

const requests = 'http_requests_total';
const duration = 'http_server_request_duration_seconds';
const failed = 'http_response_status_code=~"5.."';

const all = sum(rateOfRare(requests, onRoute));
const failedShare = `${orZero(sum(rateOfRare(requests, onRoute, failed)))} / ${all}`;
const p95 = (by?: string) => quantile(0.95, duration, by, onRoute);
const eachRoute = 'http_request_method, http_route';
const routeNames = '{{http_request_method}} {{http_route}}';

export const service = dashboard({
  name: 'service',
  title: 'Service',
  description: 'How the service does for those who call it: how much, how well, how fast.',
  variables: ['service', 'route'],
  rows: [
    row(
      4,
      number('Does it run?', 'none')
        .mappings([named({ 0: ['no', 'red'], 1: ['yes', 'green'] })])
        .description('Whether Prometheus could read its metrics when it last tried.')
        .withTarget(query(`min(${metric('up')})`, 'up')),
      number('How many requests come?', 'reqps').withTarget(query(all, 'requests')),
      number('How many of them fail?', 'percentunit')
        .decimals(2)
        .thresholds(atMost(limits.errorShare))
        .description('Answered with 5xx. What the caller did wrong (4xx) does not count.')
        .dataLinks([toDashboard('Show the errors', 'errors')])
        .withTarget(query(failedShare, 'failed')),
      number('How fast are 95 of 100?', 's')
        .thresholds(atMost(limits.p95S))
        .description('Promised: below 0.2 s. From 1 s on somebody is alerted.')
        .withTarget(query(p95(), 'P95')),
      number('How many users are there?', 'short')
        .description('Seen in the last five minutes.')
        .withTarget(query(`max(${metric('active_users_count')})`, 'users')),
    ),
    row(
      8,
      series('How many requests does each route get?', 'reqps').withTarget(
        query(sum(rate(requests, onRoute), eachRoute), routeNames),
      ),
      stacked('How are they answered?', 'reqps').withTarget(
        query(
          sum(rateOfRare(requests, onRoute), 'http_response_status_code'),
          '{{http_response_status_code}}',
        ),
      ),
      limited('How many fail, over time?', 'percentunit', atMost(limits.errorShare)).withTarget(
        query(failedShare, 'failed'),
      ),
    ),
    row(
      9,
      limited('How long do answers take?', 's', atMost(limits.p95S))
        .description('Each dot is one request: a click on it leads to its trace.')
        .targets(percentiles(duration, onRoute)),
      limited('Which route is slow?', 's', atMost(limits.p95S))
        .description('P95 of each route.')
        .withTarget(query(p95(eachRoute), routeNames)),
    ),
    row(
      9,
      heat('How are the times of $route spread?', 's')
        .description(
          'One panel for each route that is chosen. Two bands say that there are two ways to the answer.',
        )
        .repeat('route')
        .repeatDirection('h')
        .maxPerRow(3)
        .withTarget(buckets(duration, onRoute).exemplar(true)),
    ),
  ],
});
