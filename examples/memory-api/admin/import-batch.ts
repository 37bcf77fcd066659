import type { Client } from 'pg';
import { type Column, type Columns, exportedType, imported, isEmbedding, quoted } from './columns.ts';
import { inTransaction } from './database.ts';

/** A line that is a memory, as it will be sent. */
export interface Row {
  number: number;
  id: string;
  text: string;
}

export interface Refused {
  number: number;
  problem: string;
}

export interface Written {
  inserted: number;
  updated: number;
  /** Were there already, with just these values. */
  unchanged: number;
}

/** Thrown to have a transaction taken back that went well. */
class DryRun extends Error {}

/** Writes some rows together or not at all. */
export class BatchWriter {
  readonly #client: Client;
  readonly #sql: string;
  readonly #dryRun: boolean;

  constructor(client: Client, columns: Columns, dryRun: boolean) {
    this.#client = client;
    this.#sql = upsertSql(columns);
    this.#dryRun = dryRun;
  }

  /**
   * What was written, or every row that the table refuses: then nothing was.
   *
   * @throws the error of the database when it is not about a value
   */
  async write(rows: readonly Row[]): Promise<Written | { refused: Refused[] }> {
    // Of the same id, the last line counts, as it does across batches.
    const last = [...new Map(rows.map((row) => [row.id, row])).values()];
    try {
      const done = await this.#send(last);
      return { ...done, unchanged: rows.length - done.inserted - done.updated };
    } catch (error) {
      if (!isAboutValue(error)) throw error;
      return { refused: await this.#findRefused(last) };
    }
  }

  async #send(rows: readonly Row[]): Promise<Omit<Written, 'unchanged'>> {
    let done = { inserted: 0, updated: 0 };
    const write = async () => {
      const sent = await this.#client.query<{ inserted: boolean }>(this.#sql, [
        `[${rows.map(({ text }) => text).join(',')}]`,
      ]);
      const inserted = sent.rows.filter((row) => row.inserted).length;
      done = { inserted, updated: sent.rows.length - inserted };
      if (this.#dryRun) throw new DryRun();
    };
    await inTransaction(this.#client, 'begin', write).catch((error) => {
      if (!(error instanceof DryRun)) throw error;
    });
    return done;
  }

  /** Tries each row by itself, and takes everything back. */
  async #findRefused(rows: readonly Row[]): Promise<Refused[]> {
    const refused: Refused[] = [];
    await this.#client.query('begin');
    for (const { number, text } of rows) {
      await this.#client.query('savepoint one');
      try {
        await this.#client.query(this.#sql, [`[${text}]`]);
      } catch (error) {
        if (!isAboutValue(error)) throw error;
        refused.push({ number, problem: (error as Error).message });
      }
      await this.#client.query('rollback to one');
    }
    await this.#client.query('rollback');
    return refused;
  }
}

/** PostgreSQL itself turns the JSON into the types of the table. Rows that change nothing are not written. */
function upsertSql({ own, transactionIds }: Columns): string {
  const names = own.map(quoted);
  const all = [...names, ...transactionIds].join(', ');
  const written = transactionIds.map(() => 'pg_current_xact_id()');
  const wanted = own.map(wantedOfKnown);
  return `insert into memories (${all})
    select ${[...own.map(imported), ...written].join(', ')}
    from json_to_recordset($1) as given (${own.map((it) => `${quoted(it)} ${exportedType(it)}`).join(', ')})
    on conflict (id) do update set (${all}) = row (${[...wanted, ...written].join(', ')})
      where (${names.map((name) => `memories.${name}`).join(', ')}) is distinct from (${wanted.join(', ')})
    returning xmax = 0 as inserted`;
}

/** What a row that is there gets. An embedding that was made since the export stays, as long as it is of this content. */
function wantedOfKnown(column: Column): string {
  const given = `excluded.${quoted(column)}`;
  if (!isEmbedding(column)) return given;
  const known = `memories.${quoted(column)}`;
  return `case when memories.content = excluded.content then coalesce(${given}, ${known}) else ${given} end`;
}

/** Classes 22 and 23 of https://www.postgresql.org/docs/current/errcodes-appendix.html: data, or a broken rule. */
function isAboutValue(error: unknown): boolean {
  return /^2[23]/.test(String(Object(error).code));
}
