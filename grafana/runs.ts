import { dashboard } from './kit/dashboard.ts';
import { row } from './kit/layout.ts';
import { atLeast, atMost, limits } from './kit/limits.ts';
import { largest, lineCount, linesQuery, logQuery, runLines } from './kit/logql.ts';
import { limited, lines, moments, stacked, table } from './kit/panels.ts';

const ended = runLines('event="run_ended"');
const judged = (filter: string) => runLines(`event="judgement" | ${filter}`);
const observed = (kind: string) =>
  largest(judged(`kind="${kind}" | observed!=""`), 'observed', 'scenario, claim, phase');
const eachClaim = '{{scenario}}: {{claim}} ({{phase}})';

/** docs/scenarios.md: what a run ends with. */
const exitCodes = {
  0: ['held', 'green'],
  1: ['violated', 'red'],
  2: ['inconclusive', 'orange'],
  3: ['the harness failed', 'purple'],
  4: ['the infrastructure failed', 'purple'],
  130: ['interrupted', 'gray'],
  143: ['interrupted', 'gray'],
} as const;

export const runs = dashboard({
  name: 'runs',
  title: 'Runs',
  description:
    'Which scenarios the service went through, and whether it held. Runs tell of themselves with --observe.',
  variables: [],
  from: 'now-24h',
  rows: [
    row(
      8,
      moments('Did each scenario hold?', exitCodes).withTarget(
        logQuery(largest(ended, 'exit_code', 'scenario'), '{{scenario}}'),
      ),
      stacked('How were its claims judged?', 'short')
        .withTarget(logQuery(lineCount(runLines('event="judgement"'), 'outcome'), '{{outcome}}'))
        .overrideByName('met', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'green' } }])
        .overrideByName('violated', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }])
        .overrideByName('inconclusive', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'orange' } }]),
    ),
    row(
      9,
      limited(
        'How fast was the service in each phase?',
        'ms',
        atMost({ promised: 1000 * limits.p95S.promised }),
      )
        .description('What was observed for each claim on latency; the limit is that of the scenarios.')
        .withTarget(logQuery(observed('latency'), eachClaim)),
      limited('How many requests failed in each phase?', 'percentunit', atMost(limits.errorShare)).withTarget(
        logQuery(observed('error-rate'), eachClaim),
      ),
      limited('How much did the cache answer in each phase?', 'percentunit', atLeast(limits.hitShare))
        .max(1)
        .withTarget(logQuery(observed('cache-hit-rate'), eachClaim)),
    ),
    row(
      9,
      table('How did the last runs end?', [
        'scenario',
        'outcome',
        'exit_code',
        'ending',
        'duration_ms',
        'run',
      ]).withTarget(linesQuery(ended)),
      lines('What was not met?')
        .noValue('everything was')
        .withTarget(linesQuery(judged('outcome!="met"'))),
    ),
    row(
      8,
      lines('What happened when?')
        .description('Phases and faults of each run. On the other dashboards faults are marked too.')
        .withTarget(
          linesQuery(runLines('event=~"run_started|phase_started|fault_injected|fault_healed|run_ended"')),
        ),
    ),
  ],
});
