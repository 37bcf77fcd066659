import { isLinkFault } from './place.ts';
import type { Fault, NodeFault, ProgramSpec, Scenario, ServiceKind, Slo } from './scenario.ts';

/** Something wrong with a scenario: where in the file, what was expected and what came. */
export interface Problem {
  path: string;
  message: string;
}

/** What a schema cannot see: names that must agree, and times that must fit. */
export function crossCheck(scenario: Scenario): Problem[] {
  return [
    ...scenario.faults.flatMap(({ fault, atMs, forMs }, index) => [
      ...checkFault(scenario, fault, `faults[${index}].fault`),
      ...checkFaultTime(scenario, atMs, forMs, `faults[${index}]`),
      ...checkTimeToSee(scenario, fault, forMs ?? scenario.phasesMs.fault - atMs, `faults[${index}]`),
    ]),
    ...overlaps(scenario),
    ...checkNames(scenario),
    ...checkPlaceholders(scenario),
    ...checkLinks(scenario),
    ...scenario.hypothesis.flatMap((slo, index) => checkSlo(scenario, slo, `hypothesis[${index}]`)),
  ];
}

function checkFault(scenario: Scenario, fault: Fault, path: string): Problem[] {
  if (!isLinkFault(fault)) return checkNodeFault(scenario, fault, path);
  const problems = namesService(scenario, fault.link, `${path}.link`);
  if (fault.kind === 'delay' && fault.jitterMs >= fault.latencyMs) {
    const message = `expected less than latencyMs (${fault.latencyMs}), or the delay cannot be proved, got ${fault.jitterMs}`;
    problems.push({ path: `${path}.jitterMs`, message });
  }
  return problems;
}

function checkNodeFault(scenario: Scenario, fault: NodeFault, path: string): Problem[] {
  const problems: Problem[] = [];
  if (!scenario.target.preload) {
    const message = `expected target.preload for ${fault.kind}, which the preload puts in force, got false`;
    problems.push({ path, message });
  }
  if (fault.kind === 'block-event-loop' && fault.everyMs < 2 * fault.blockMs) {
    const message = `expected at least twice blockMs (${2 * fault.blockMs}), or the block cannot be told from a slow target, got ${fault.everyMs}`;
    problems.push({ path: `${path}.everyMs`, message });
  }
  return problems;
}

/** Within it a fault in the target is seen at least once, also when that takes a second or two. */
const leastForNodeMs = 4_000;

function checkTimeToSee(scenario: Scenario, fault: Fault, forMs: number, path: string): Problem[] {
  if (isLinkFault(fault) || forMs >= leastForNodeMs || scenario.phasesMs.fault === 0) return [];
  const message = `expected ${fault.kind} to be in force for at least ${leastForNodeMs} ms, or it cannot be proved, got ${forMs} ms`;
  return [{ path, message }];
}

function namesService(scenario: Scenario, name: string, path: string): Problem[] {
  if (name in scenario.stack) return [];
  return [
    {
      path,
      message: `expected a service of the stack (${listed(Object.keys(scenario.stack))}), got "${name}"`,
    },
  ];
}

function checkFaultTime(
  scenario: Scenario,
  atMs: number,
  forMs: number | undefined,
  path: string,
): Problem[] {
  const phaseMs = scenario.phasesMs.fault;
  const endMs = atMs + (forMs ?? 1);
  if (endMs <= phaseMs) return [];
  return [
    {
      path,
      message: `expected to be over within the phase fault (${phaseMs} ms), got an end at ${endMs} ms`,
    },
  ];
}

/** A link is in one state at a time, and a fault in the target is there once: two of them must not overlap. */
function overlaps(scenario: Scenario): Problem[] {
  const spans = scenario.faults.map(({ fault, atMs, forMs }, index) => ({
    index,
    place: isLinkFault(fault) ? `on the link "${fault.link}"` : `of the kind ${fault.kind}`,
    startMs: atMs,
    endMs: forMs === undefined ? scenario.phasesMs.fault : atMs + forMs,
  }));
  return spans.flatMap((a) =>
    spans
      .filter((b) => b.index > a.index && b.place === a.place && a.startMs < b.endMs && b.startMs < a.endMs)
      .map((b) => ({
        path: `faults[${b.index}]`,
        message: `expected one fault at a time ${a.place}, got one that overlaps faults[${a.index}]`,
      })),
  );
}

/** Whose logs stand in the run's folder beside `<name>.log` of each dependency. */
const taken = ['target', 'prepare', 'k6', 'jaeger'];

function checkNames({ stack }: Scenario): Problem[] {
  return Object.keys(stack)
    .filter((name) => taken.includes(name))
    .map((name) => ({
      path: `stack.${name}`,
      message: `expected another name than ${listed(taken)}, whose logs are in the run's folder too, got "${name}"`,
    }));
}

/** A misspelt one would reach the process as it stands. */
function checkPlaceholders({ target, stack }: Scenario): Problem[] {
  const links = Object.keys(stack).flatMap((name) => [`${name}.url`, `${name}.host`, `${name}.port`]);
  return [
    ...unknownIn(target.env, ['target.port', ...links], 'target.env'),
    ...Object.entries(stack).flatMap(([name, service]) =>
      service.kind === 'http' ? checkPort(service, `stack.${name}`) : [],
    ),
  ];
}

/** A program that is not told its port would listen at another one, and never be ready. */
function checkPort({ command, env }: ProgramSpec, path: string): Problem[] {
  const problems = unknownIn(env, ['port'], `${path}.env`);
  if (command.some((part) => part.includes('{port}'))) {
    const message = 'expected {port} in a value of env, where alone it is replaced, got it in the command';
    problems.push({ path: `${path}.command`, message });
  }
  if (problems.length === 0 && !Object.values(env).some((value) => value.includes('{port}'))) {
    const message = 'expected {port} in a value, the port at which it must listen, got none';
    problems.push({ path: `${path}.env`, message });
  }
  return problems;
}

function unknownIn(env: Readonly<Record<string, string>>, known: readonly string[], path: string): Problem[] {
  return Object.entries(env).flatMap(([variable, value]) =>
    [...value.matchAll(/\{([a-z0-9-]+\.[a-z]+|port)\}/gi)]
      .filter(([, name]) => !known.includes(name!))
      .map(([all]) => ({
        path: `${path}.${variable}`,
        message: `expected one of {${known.join('}, {')}}, got ${all}`,
      })),
  );
}

function checkLinks(scenario: Scenario): Problem[] {
  const problems: Problem[] = [];
  const requests = scenario.load.requests?.map(({ name }) => name);
  if (scenario.cache) {
    const unknown = scenario.cache.requests.filter((name) => requests && !requests.includes(name));
    for (const name of unknown) {
      problems.push({
        path: 'cache.requests',
        message: `expected names of ${listed(requests ?? [])}, got "${name}"`,
      });
    }
    problems.push(...namesService(scenario, scenario.cache.link, 'cache.link'));
    problems.push(...ofKind(scenario, scenario.cache.link, 'redis', 'cache.link'));
  }
  if (scenario.writes) {
    if (requests) {
      const message = 'expected a load.script that records writes, got load.requests, which do not';
      problems.push({ path: 'writes', message });
    }
    problems.push(...namesService(scenario, scenario.writes.service, 'writes.service'));
    problems.push(...ofKind(scenario, scenario.writes.service, 'postgres', 'writes.service'));
  }
  return problems;
}

/** Nothing when there is no such service, which `namesService` says. */
function ofKind({ stack }: Scenario, name: string, expected: ServiceKind, path: string): Problem[] {
  const kind = stack[name]?.kind;
  if (kind === undefined || kind === expected) return [];
  return [{ path, message: `expected a service of kind ${expected}, got one of kind ${kind}` }];
}

function checkSlo(scenario: Scenario, slo: Slo, path: string): Problem[] {
  const problems: Problem[] = [];
  if ('phases' in slo) {
    for (const phase of slo.phases) {
      if (scenario.phasesMs[phase] > 0) continue;
      problems.push({
        path: `${path}.phases`,
        message: `expected phases that the run has, got ${phase} of 0 ms`,
      });
    }
  }
  if ('link' in slo) problems.push(...namesService(scenario, slo.link, `${path}.link`));
  if (slo.kind === 'breaker-silences') problems.push(...ofKind(scenario, slo.link, 'redis', `${path}.link`));
  if (slo.kind === 'cache-hit-rate' && !scenario.cache) {
    problems.push({ path, message: 'expected `cache` to say what is cache, got none' });
  }
  if (slo.kind === 'writes-kept' && !scenario.writes) {
    problems.push({ path, message: 'expected `writes` to say how a write is read back, got none' });
  }
  if ((slo.kind === 'breaker-opens' || slo.kind === 'breaker-closes') && scenario.faults.length === 0) {
    problems.push({ path, message: `expected at least one fault for ${slo.kind}, got none` });
  }
  if (slo.kind === 'check' && scenario.load.requests) {
    const message = 'expected a load.script that makes checks, got load.requests, which make none';
    problems.push({ path, message });
  }
  const names = scenario.load.requests?.map((request) => request.name);
  if ('request' in slo && slo.request !== undefined && names && !names.includes(slo.request)) {
    problems.push({
      path: `${path}.request`,
      message: `expected one of ${listed(names)}, got "${slo.request}"`,
    });
  }
  if (!scenario.target.preload && slo.kind.startsWith('breaker-')) {
    problems.push({ path, message: `expected target.preload for ${slo.kind}, got false` });
  }
  return problems;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
