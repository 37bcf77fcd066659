import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { SharedWork } from '../resilience/shared-work.ts';
import { SingleFlight } from '../single-flight.ts';
import { type KeyDatabase, type KeyRow, KeyTable } from '../storage/key-table.ts';

export interface ApiKey {
  id: string;
  name: string;
  /** Whose key it is; a service key has none and may act for every user. */
  userId?: string;
}

export interface ListedKey extends ApiKey {
  createdAt: Date;
  revokedAt?: Date;
}

export interface ApiKeysOptions {
  /** How long a key that was found is taken as good: a key revoked in another process works this much longer. */
  cacheTtlMs?: number;
  /** How long a key that was not found is taken as bad: one that is made after it was asked for works this much later. */
  unknownTtlMs?: number;
  /** How many keys are remembered, of good ones and of bad ones each. */
  cacheSize?: number;
  /** A clock that only goes forward. */
  nowMs?: () => number;
  /** For what several requests with the same key wait for. */
  shared?: SharedWork;
}

/**
 * A recognisable beginning (so that scanners find keys in places where none belong), 256 random bits and a checksum,
 * by which a mistyped or cut key is refused without asking the database. The idea is that of GitHub's tokens:
 * https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 */
const prefix = 'mem_';
const randomBytesOfKey = 32;
const form = /^mem_[\w-]{43}[\w-]{6}$/;

/**
 * API keys in the table `api_keys`, where only their SHA-256 is kept. A slow hash is for secrets that can be guessed:
 * NIST SP 800-63B-3, 5.1.2.2, asks of look-up secrets of at least 112 bits only an approved one-way function.
 * The hash is what is compared, by an index, so how long that takes says nothing of any key.
 *
 * Every method that asks the database throws DatabaseError when that fails.
 */
export class ApiKeys {
  readonly #table: KeyTable;
  readonly #known: LRUCache<string, ApiKey>;
  /** Apart from the good ones: made-up keys would push them out. */
  readonly #unknown: LRUCache<string, true>;
  readonly #lookups: SingleFlight<ApiKey | undefined>;
  #revocations = 0;

  constructor(database: KeyDatabase, options: ApiKeysOptions = {}) {
    const { cacheTtlMs = 30_000, unknownTtlMs = 5000, nowMs = () => performance.now() } = options;
    const cache = { max: options.cacheSize ?? 1000, ttlResolution: 0, perf: { now: nowMs } };
    this.#table = new KeyTable(database);
    this.#lookups = new SingleFlight(options.shared);
    this.#known = new LRUCache({ ...cache, ttl: cacheTtlMs });
    this.#unknown = new LRUCache({ ...cache, ttl: unknownTtlMs });
  }

  /** Makes a key; this is the only time that anybody sees it. Without `userId` it is a service key. */
  async issue(name: string, userId?: string): Promise<{ id: string; key: string }> {
    const secret = prefix + randomBytes(randomBytesOfKey).toString('base64url');
    const key = secret + checksumOf(secret);
    const id = randomUUID();
    await this.#table.insert({ id, user_id: userId ?? null, name, hash: hashOf(key) });
    return { id, key };
  }

  /** The key, when it was found good a moment ago; asks nobody. */
  known(key: string): ApiKey | undefined {
    return this.#known.get(nameOf(key));
  }

  /** The key, unless it is malformed, unknown or revoked. */
  async find(key: string): Promise<ApiKey | undefined> {
    const known = this.known(key);
    if (known || !isWellFormed(key) || this.#unknown.has(nameOf(key))) return known;
    return this.#lookups.run(nameOf(key), () => this.#load(key));
  }

  /** False when there is no such key or it was revoked before. */
  async revoke(id: string): Promise<boolean> {
    const hash = await this.#table.revoke(id);
    this.#revocations += 1;
    if (hash) this.#known.delete(hash.toString('base64'));
    return hash !== undefined;
  }

  /** All keys, the oldest first, without the keys themselves. */
  async list(): Promise<ListedKey[]> {
    const rows = await this.#table.list();
    return rows.map((row) => ({
      ...toKey(row),
      createdAt: row.created_at,
      ...(row.revoked_at && { revokedAt: row.revoked_at }),
    }));
  }

  async #load(key: string): Promise<ApiKey | undefined> {
    const revocations = this.#revocations;
    const row = await this.#table.find(hashOf(key));
    if (!row) {
      this.#unknown.set(nameOf(key), true);
      return undefined;
    }
    const found = toKey(row);
    // What was read before a revocation may be about the key that was revoked.
    if (revocations === this.#revocations) this.#known.set(nameOf(key), found);
    return found;
  }
}

/** Whether it could be a key at all. */
export function isWellFormed(key: string): boolean {
  return form.test(key) && checksumOf(key.slice(0, -6)) === key.slice(-6);
}

/** CRC-32 as six characters. */
function checksumOf(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64url');
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** What a key is remembered by; the key itself does not stay in memory. */
function nameOf(key: string): string {
  return hashOf(key).toString('base64');
}

function toKey({ id, name, user_id }: Pick<KeyRow, 'id' | 'name' | 'user_id'>): ApiKey {
  return { id, name, ...(user_id !== null && { userId: user_id }) };
}
