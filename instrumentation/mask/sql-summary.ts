import type { SqlToken } from './sql-tokens.ts';

export interface SqlSummary {
  /** The first operation, in capitals: `SELECT`. */
  readonly operation: string;
  /** The first table that it names. */
  readonly target: string | undefined;
  /** Operations and targets in order, at most 255 characters: `INSERT notes SELECT drafts`. */
  readonly summary: string;
}

const longestSummary = 255;
/** Operations on a table, also within others. */
const writing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE']);
/** Operations that only begin a statement. */
const plain = new Set(
  `BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE SET RESET SHOW DISCARD LISTEN UNLISTEN NOTIFY PREPARE EXECUTE
  DEALLOCATE DECLARE FETCH MOVE CLOSE CHECKPOINT LOAD DO GRANT REVOKE COMMENT SECURITY REASSIGN REINDEX CLUSTER IMPORT VALUES
  VACUUM ANALYZE ANALYSE LOCK TABLE CALL COPY REFRESH EXPLAIN`.split(/\s+/),
);
/** Of these the name behind them, and behind the words that may stand between, is told. */
const naming = new Set(['CALL', 'COPY', 'VACUUM', 'ANALYZE', 'ANALYSE', 'LOCK', 'TABLE', 'REFRESH']);
const changing = new Set(['CREATE', 'ALTER', 'DROP']);
const kindsOfThings = new Set(
  `TABLE INDEX VIEW SCHEMA SEQUENCE TYPE FUNCTION PROCEDURE TRIGGER EXTENSION DATABASE ROLE USER DOMAIN POLICY RULE
  PUBLICATION SUBSCRIPTION AGGREGATE COLLATION SERVER TABLESPACE STATISTICS`.split(/\s+/),
);
/** May stand between an operation and the name it is about. */
const between = new Set(
  `ONLY LATERAL INTO FROM TABLE IF NOT EXISTS CONCURRENTLY MATERIALIZED VIEW VERBOSE FULL FREEZE`.split(
    /\s+/,
  ),
);
/** Behind these the list of tables is over. */
const endsFrom = new Set(
  'WHERE GROUP ORDER HAVING LIMIT OFFSET WINDOW RETURNING UNION INTERSECT EXCEPT SET'.split(' '),
);
const explaining = new Set(['EXPLAIN', 'ANALYZE', 'VERBOSE']);

interface Level {
  /** A SELECT or DELETE whose FROM is still to come: that of `extract(year from …)` is none. */
  awaitsFrom: boolean;
  inFrom: boolean;
}

/**
 * Operations and targets by OpenTelemetry's rules for `db.query.summary`
 * (https://opentelemetry.io/docs/specs/semconv/database/database-spans/#generating-a-summary-of-the-query).
 */
export function summarize(tokens: readonly SqlToken[]): SqlSummary {
  const reading = new Reading(tokens);
  for (let at = 0; at < tokens.length; at++) reading.read(at);
  return reading.summary();
}

class Reading {
  readonly #tokens: readonly SqlToken[];
  readonly #words: string[] = [];
  readonly #levels: Level[] = [{ awaitsFrom: false, inFrom: false }];
  #operation: string | undefined;
  #target: string | undefined;
  /** The statement behind `WITH … AS (…)` is the one that counts, not those in brackets before it. */
  #isSettled: boolean;

  constructor(tokens: readonly SqlToken[]) {
    this.#tokens = tokens;
    this.#isSettled = tokens[0]?.upper !== 'WITH';
  }

  summary(): SqlSummary {
    return { operation: this.#operation ?? 'OTHER', target: this.#target, summary: bounded(this.#words) };
  }

  read(at: number): void {
    const { kind, text } = this.#tokens[at] as SqlToken;
    if (kind === 'sign') this.#readSign(at, text);
    else if (kind === 'word') this.#readWord(at);
  }

  #readSign(at: number, sign: string): void {
    if (sign === '(') this.#levels.push({ awaitsFrom: false, inFrom: false });
    else if (sign === ')' && this.#levels.length > 1) this.#levels.pop();
    else if (sign === ',' && this.#level.inFrom) this.#addTarget(at + 1, true);
    else if (sign === ';') this.#levels.splice(0, this.#levels.length, { awaitsFrom: false, inFrom: false });
  }

  #readWord(at: number): void {
    const level = this.#level;
    const word = this.#upper(at);
    const before = this.#upper(at - 1);
    if (word === 'SELECT') {
      this.#addOperation(word);
      level.awaitsFrom = true;
      level.inFrom = false;
    } else if (word === 'FROM') {
      if (!level.awaitsFrom || before === 'DISTINCT') return;
      level.awaitsFrom = false;
      level.inFrom = true;
      this.#addTarget(at + 1, true);
    } else if (word === 'JOIN' || (word === 'USING' && level.inFrom)) this.#addTarget(at + 1, true);
    else if (isFirst(before)) this.#readFirst(at, word, before);
    else if (endsFrom.has(word)) level.inFrom = false;
  }

  /** A word that may begin a statement. */
  #readFirst(at: number, word: string, before: string): void {
    if (writing.has(word)) {
      this.#addOperation(word);
      this.#addTarget(at + 1, false);
      this.#level.inFrom = word === 'DELETE';
      this.#level.awaitsFrom = word === 'UPDATE';
    } else if (before === 'EXPLAIN' || before === '(' || before === ')') return;
    else if (changing.has(word)) this.#addChange(at, word);
    else if (plain.has(word)) {
      this.#addOperation(word);
      if (naming.has(word)) this.#addTarget(at + 1, false);
    }
  }

  /** `CREATE UNIQUE INDEX name`: the operation is `CREATE INDEX`. */
  #addChange(at: number, word: string): void {
    const thing = this.#tokens.slice(at + 1, at + 6).findIndex(({ upper }) => kindsOfThings.has(upper));
    this.#addOperation(thing < 0 ? word : `${word} ${this.#upper(at + 1 + thing)}`);
    if (thing >= 0) this.#addTarget(at + thing + 2, false);
  }

  #addOperation(name: string): void {
    this.#words.push(name);
    const settles = !this.#isSettled && this.#levels.length === 1;
    if (this.#operation !== undefined && !settles) return;
    this.#operation = name;
    this.#target = undefined;
    if (settles) this.#isSettled = true;
  }

  /** A relation that is followed by a bracket is a function; the name behind INSERT INTO is not. */
  #addTarget(from: number, isRelation: boolean): void {
    let at = from;
    while (between.has(this.#upper(at))) at++;
    const found = nameAt(this.#tokens, at);
    if (found === undefined || (isRelation && this.#upper(found.end) === '(')) return;
    this.#words.push(found.name);
    this.#target ??= found.name;
  }

  get #level(): Level {
    return this.#levels.at(-1) as Level;
  }

  #upper(at: number): string {
    return this.#tokens[at]?.upper ?? '';
  }
}

/** Nothing, the end of a statement or of `WITH … AS (…)`, or `EXPLAIN`, stands before it. `FOR UPDATE` begins nothing. */
function isFirst(before: string): boolean {
  return before === '' || before === ';' || before === '(' || before === ')' || explaining.has(before);
}

/** `schema.table`, parts in quotes as they were written; where it ends. */
function nameAt(tokens: readonly SqlToken[], from: number): { name: string; end: number } | undefined {
  let name = '';
  for (let at = from; ; at += 2) {
    const token = tokens[at];
    if (token?.kind !== 'word' && token?.kind !== 'name') return undefined;
    name += token.text.replace(/^"([a-z_]\w*)"$/, '$1');
    if (tokens[at + 1]?.text !== '.') return { name, end: at + 1 };
    name += '.';
  }
}

/** Cut between two words. */
function bounded(words: readonly string[]): string {
  let summary = '';
  for (const word of words) {
    const longer = summary === '' ? word : `${summary} ${word}`;
    if (longer.length > longestSummary) break;
    summary = longer;
  }
  return summary === '' ? 'OTHER' : summary;
}
