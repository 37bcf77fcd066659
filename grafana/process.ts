import { dashboard } from './kit/dashboard.ts';
import { row } from './kit/layout.ts';
import { atMost, limits } from './kit/limits.ts';
import { limited, series } from './kit/panels.ts';
import { metric, quantile, query, rate, sum } from './kit/promql.ts';

const eachProcess = '{{instance}}';
const delay = (which: string) => `max(${metric(`nodejs_eventloop_delay_${which}_seconds`)})`;

export const processes = dashboard({
  name: 'process',
  title: 'Process',
  description:
    'What the process of the service costs: CPU, memory, and what keeps its event loop from its work.',
  variables: ['service'],
  rows: [
    row(
      8,
      limited('How much CPU does it use?', 'percent', atMost({ promised: 80, alarming: 100 }))
        .description('Of one core, which is all that the event loop can use; other threads come on top.')
        .withTarget(query(metric('process_cpu_usage_percent'), eachProcess)),
      series('What is the CPU used for?', 's')
        .description('CPU seconds in each second.')
        .withTarget(query(sum(rate('process_cpu_time_seconds_total'), 'cpu_mode'), '{{cpu_mode}}')),
      limited('How busy is the event loop?', 'percentunit', atMost({ promised: 0.7, alarming: 0.9 }))
        .max(1)
        .description('Share of the time in which it works. Near 1, requests wait for each other.')
        .withTarget(query(metric('nodejs_eventloop_utilization_ratio'), eachProcess)),
      limited('Does a limit keep it from the CPU?', 'percentunit', atMost(limits.throttledShare))
        .description(
          'Of all time, that in which the CPU limit of its container kept it waiting. Without a limit: 0.',
        )
        .withTarget(
          query(
            `${sum(rate('cgroup_cpu_throttled_time_seconds_total'))} or 0 * max(${metric('up')})`,
            'throttled',
          ),
        ),
    ),
    row(
      8,
      limited('How much memory does it use?', 'bytes', atMost(limits.memoryBytes)).withTarget(
        query(metric('process_memory_usage_bytes'), eachProcess),
      ),
      series('Does its heap grow?', 'bytes')
        .description('What grows on after each garbage collection is not given back.')
        .withTarget(query(sum(metric('v8js_memory_heap_used_bytes')), 'used'))
        .withTarget(query(sum(metric('v8js_memory_heap_space_size_bytes')), 'size')),
    ),
    row(
      8,
      limited(
        'How late does the event loop come?',
        's',
        atMost({ promised: 0.1, alarming: limits.p95S.promised }),
      )
        .description('How much later than asked for a timer fires. As late is every answer.')
        .withTarget(query(delay('p50'), 'P50'))
        .withTarget(query(delay('p99'), 'P99'))
        .withTarget(query(delay('max'), 'longest')),
      series('How much time goes into garbage collection?', 'percentunit').withTarget(
        query(sum(rate('v8js_gc_duration_seconds_sum'), 'v8js_gc_type'), '{{v8js_gc_type}}'),
      ),
      series('How long does a collection stop the service?', 's').withTarget(
        query(quantile(0.99, 'v8js_gc_duration_seconds', 'v8js_gc_type'), 'P99 {{v8js_gc_type}}'),
      ),
    ),
  ],
});
