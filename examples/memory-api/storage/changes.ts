import pg from 'pg';
import type { Vector } from './user-vectors.ts';

/**
 * What changed since a transaction, with how many there are, up to where that is all, and of which table. A transaction
 * that was still at work when this was asked has a number of at least `horizon`, so the next question catches it, however
 * late it commits.
 */
export const changesSql = `
  select table_id, horizon, total, id, created_at_us, embedding
  from (
    select 'memories'::regclass::oid as table_id,
           pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
           (select count(*)::int from memories where user_id = $1 and embedding is not null) as total
  ) as now
  left join (
    select id, (extract(epoch from created_at) * 1000000)::float8 as created_at_us, embedding from memories
    where user_id = $1 and embedding is not null and embedded_by >= $2::xid8
  ) as changed on true`;

export interface Changes {
  /** A table that was made anew, as a restore does, has another one. */
  tableId: number;
  horizon: string;
  /** How many embeddings the user has, with those that did not change. */
  total: number;
  vectors: Vector[];
}

/** COPY takes no parameters, so the values stand in the statement, quoted. */
export function copyChangesSql(userId: string, since: string): string {
  const values = { $1: pg.escapeLiteral(userId), $2: pg.escapeLiteral(since) };
  const filled = changesSql.replace(/\$[12]/g, (name) => values[name as keyof typeof values]);
  return `copy (${filled}) to stdout (format binary)`;
}

/** Eleven bytes of signature, four of flags, the length of an extension that there is none of. */
const headerBytes = 19;
const fieldsOfRow = 6;
const none = -1;

/**
 * Reads what `copyChangesSql` gives: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format". The
 * embeddings are views of `bytes`.
 */
export function readChanges(bytes: Buffer): Changes {
  const changes: Changes = { tableId: 0, horizon: '', total: 0, vectors: [] };
  let at = headerBytes;
  const field = (): Buffer | undefined => {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length === none) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  };
  // The end is a row of -1 fields.
  while (bytes.readInt16BE(at) === fieldsOfRow) {
    at += 2;
    const [tableId, horizon, total, id] = [field(), field(), field(), field()];
    const [createdAtUs, embedding] = [field(), field()];
    changes.tableId = tableId!.readUInt32BE();
    changes.horizon = horizon!.toString();
    changes.total = total!.readInt32BE();
    // Without a change there is one row, which has no memory.
    if (id)
      changes.vectors.push({
        id: uuidOf(id),
        created_at_us: createdAtUs!.readDoubleBE(),
        embedding: embedding!,
      });
  }
  return changes;
}

function uuidOf(bytes: Buffer): string {
  const digits = bytes.toString('hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}
