import { dashboard } from './kit/dashboard.ts';
import { row } from './kit/layout.ts';
import { atMost, limits } from './kit/limits.ts';
import { largest, lineCount, lineRate, linesQuery, logQuery, serviceLines } from './kit/logql.ts';
import { limited, lines, series, stacked } from './kit/panels.ts';
import { query, rate, sum } from './kit/promql.ts';

const slow = serviceLines('event=~"slow_operation|slow_query"');
const audit = serviceLines('audit="true"');

export const logs = dashboard({
  name: 'logs',
  title: 'Logs',
  description: 'What the service says of itself, what was slow, and who did what.',
  variables: ['service'],
  rows: [
    row(
      7,
      stacked('How much is said, and how loud?', 'short')
        .description('Lines a second, by level.')
        .withTarget(logQuery(lineRate('{service_name="$service"}', 'level'), '{{level}}'))
        .overrideByName('error', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }])
        .overrideByName('warn', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'orange' } }])
        .overrideByName('info', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'green' } }]),
      series('Does everything that is said arrive?', 'cps')
        .description(
          'Lines that the preload has counted, and those that it had to drop because nobody took them.',
        )
        .withTarget(query(sum(rate('log_lines_total')), 'written'))
        .withTarget(
          query(sum(rate('ordeal_telemetry_items_total', 'signal="logs"', 'outcome="dropped"')), 'dropped'),
        ),
    ),
    row(
      7,
      stacked('What is slow?', 'short')
        .noValue('nothing')
        .description('Operations and queries above a second, as far as they are told: ten a second at most.')
        .withTarget(logQuery(lineCount(slow, 'operation'), '{{operation}}')),
      limited('How slow is it?', 'ms', atMost({ alarming: 1000 * limits.p95S.alarming }))
        .noValue('nothing is')
        .description('The slowest of each.')
        .withTarget(logQuery(largest(slow, 'duration_ms', 'operation'), '{{operation}}')),
      lines('Which operations were slow?').noValue('none').withTarget(linesQuery(slow)),
    ),
    row(
      7,
      stacked('What does the audit log tell?', 'short').withTarget(
        logQuery(lineCount(audit, 'event, outcome'), '{{event}}: {{outcome}}'),
      ),
      lines('Who was turned away, or noticed?')
        .noValue('nobody')
        .description('Failed attempts to sign in, data of others, too many requests.')
        .withTarget(linesQuery(`${audit} | outcome!="allowed"`)),
    ),
    row(
      10,
      lines('What did it warn of?')
        .noValue('nothing')
        .description('Open a line for its fields; `trace_id` leads to the trace.')
        .withTarget(linesQuery('{service_name="$service", level=~"warn|error|fatal"} | json')),
    ),
  ],
});
