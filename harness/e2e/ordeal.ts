import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entry } from '../journal/entry.ts';
import { readJournal } from '../journal/read.ts';
import type { ScenarioInput } from '../scenario/scenario.ts';
import type { Verdict } from '../verdict/verdict.ts';

export const repository = fileURLToPath(new URL('../../', import.meta.url));
const main = join(repository, 'harness/main.ts');

/** What a finished `ordeal` left: its exit code, and what it printed. */
export interface Outcome {
  code: number | null;
  output: string;
}

export const mostRepetitions = 2;

/** What a run says when others had the machine (harness/verdict/doubts.ts, stolen.ts). */
export function wasDisturbed(output: string): boolean {
  return /the load generator was saturated|the CPU was stolen/.test(output);
}

/** A folder of its own with scenarios and runs, as a user would have one. Disposing removes it. */
export class Desk implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'ordeal-desk-'));

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes a scenario that a test made from data; paths in it must be absolute. */
  scenario(scenario: ScenarioInput): string {
    const folder = join(this.folder, 'scenarios', scenario.name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'scenario.ts'), `export default ${JSON.stringify(scenario, null, 2)};\n`);
    return scenario.name;
  }

  start(args: readonly string[], env: Record<string, string> = {}): Running {
    return new Running(args, this.folder, env);
  }

  async run(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    return this.start(args, env).finished();
  }

  /** As `run`, again when others had the machine and it did not find what is `expected`: that says nothing of the service. */
  async runUndisturbed(args: readonly string[], expected: (outcome: Outcome) => boolean): Promise<Outcome> {
    for (let again = mostRepetitions; ; again -= 1) {
      const outcome = await this.run(args);
      if (again === 0 || expected(outcome) || !wasDisturbed(outcome.output)) return outcome;
    }
  }

  /** Folders of the runs of a scenario, the latest last. */
  runs(scenario: string): string[] {
    const folder = join(this.folder, 'runs', scenario);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  }

  lastRun(scenario: string): string | undefined {
    return this.runs(scenario).at(-1);
  }
}

/** An `ordeal` that runs. */
export class Running {
  readonly process: ChildProcess;
  output = '';

  constructor(args: readonly string[], cwd: string, env: Record<string, string>) {
    this.process = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env } });
    const add = (text: Buffer) => {
      this.output += text;
      this.process.emit('printed');
    };
    this.process.stdout!.on('data', add);
    this.process.stderr!.on('data', add);
  }

  /** Resolves when the text was printed; rejects when the process ends without it. */
  async printed(text: string): Promise<void> {
    const ended = once(this.process, 'close').then(() => 'ended');
    while (!this.output.includes(text)) {
      const first = await Promise.race([once(this.process, 'printed'), ended]);
      if (first === 'ended' && !this.output.includes(text))
        throw new Error(`"${text}" was never printed:\n${this.output}`);
    }
  }

  async finished(): Promise<Outcome> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'close');
    return { code: this.process.exitCode, output: this.output };
  }
}

export function entriesOf(folder: string): Entry[] {
  return [...readJournal(folder)];
}

/** Judgements as `kind phase: outcome`, which is what most tests ask of a verdict. */
export function outcomes(verdict: Verdict): string[] {
  return verdict.judgements.map(({ kind, phase, outcome }) => `${kind} ${phase}: ${outcome}`);
}
