import { endianness } from 'node:os';

export interface Vector {
  id: string;
  /** Microseconds since 1970; PostgreSQL's clock has them. */
  created_at_us: number;
  /** 4-byte floats, big-endian. */
  embedding: Buffer;
}

export interface Hit {
  id: string;
  score: number;
}

/** The place of a memory whose embedding has another number of dimensions: known, and never found. */
const nowhere = -1;

/** The order of the bytes of a number in this machine's memory; it is the other one that comes from PostgreSQL. */
const littleEndian = endianness() === 'LE';

/** What a Map with a string of 36 characters and an entry of an array take, roughly. */
const bytesPerId = 200;

/** 12 KB of 384 dimensions: little for a user who has one, and less than what malloc asks the system for each time. */
const vectorsPerPage = 8;

/**
 * The embeddings of one user, side by side in pages of memory: all pages have the same size, so that those of users who
 * leave are those of users who come, and more embeddings need no copy of those that are there.
 */
export class UserVectors {
  readonly dimensions: number;
  /** Of the table that they were read from; undefined until then. */
  tableId: number | undefined;
  /** Every change before this transaction is in here. */
  horizon = '0';
  readonly #places = new Map<string, number>();
  #ids: string[] = [];
  #createdAtUs: number[] = [];
  readonly #pages: Float32Array[] = [];

  constructor(dimensions: number) {
    this.dimensions = dimensions;
  }

  /** How many are known, also those of other dimensions. */
  get size(): number {
    return this.#places.size;
  }

  get sizeBytes(): number {
    return this.#pages.length * vectorsPerPage * this.dimensions * 4 + this.#places.size * bytesPerId;
  }

  putAll(vectors: readonly Vector[]): void {
    for (const vector of vectors) this.#put(vector);
  }

  /** Forgets all but these. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of [...this.#places.keys()]) if (!ids.has(id)) this.#remove(id);
  }

  /** Best first; of equally good ones the newest. */
  nearest(to: readonly number[], limit: number): Hit[] {
    const query = Float64Array.from(to);
    const best: { place: number; score: number }[] = [];
    let worst: { place: number; score: number } | undefined;
    for (let place = 0; place < this.#ids.length; place += 1) {
      const score = dot(this.#page(place), this.#offset(place), query);
      if (worst && score < worst.score) continue;
      const candidate = { place, score };
      if (worst && this.#order(candidate, worst) > 0) continue;
      const at = best.findIndex((other) => this.#order(candidate, other) < 0);
      best.splice(at < 0 ? best.length : at, 0, candidate);
      if (best.length > limit) best.pop();
      if (best.length === limit) worst = best[limit - 1];
    }
    return best.map(({ place, score }) => ({ id: this.#ids[place]!, score }));
  }

  #order(a: { place: number; score: number }, b: { place: number; score: number }): number {
    if (a.score !== b.score) return b.score - a.score;
    const newer = this.#createdAtUs[b.place]! - this.#createdAtUs[a.place]!;
    if (newer !== 0) return newer;
    return this.#ids[a.place]! > this.#ids[b.place]! ? -1 : 1;
  }

  #page(place: number): Float32Array {
    return this.#pages[Math.floor(place / vectorsPerPage)]!;
  }

  /** Within its page. */
  #offset(place: number): number {
    return (place % vectorsPerPage) * this.dimensions;
  }

  #put({ id, created_at_us, embedding: bytes }: Vector): void {
    const known = this.#places.get(id);
    if (bytes.length !== this.dimensions * 4) {
      if (known !== undefined) this.#remove(id);
      this.#places.set(id, nowhere);
      return;
    }
    const place = known === undefined || known === nowhere ? this.#ids.length : known;
    this.#places.set(id, place);
    this.#ids[place] = id;
    this.#createdAtUs[place] = created_at_us;
    if (place === this.#pages.length * vectorsPerPage)
      this.#pages.push(new Float32Array(vectorsPerPage * this.dimensions));
    const own = Buffer.from(this.#page(place).buffer, this.#offset(place) * 4, bytes.length);
    bytes.copy(own);
    if (littleEndian) own.swap32();
  }

  /** The last one takes its place. */
  #remove(id: string): void {
    const place = this.#places.get(id);
    this.#places.delete(id);
    if (place === undefined || place === nowhere) return;
    const last = this.#ids.length - 1;
    if (place !== last) {
      this.#ids[place] = this.#ids[last]!;
      this.#createdAtUs[place] = this.#createdAtUs[last]!;
      const from = this.#offset(last);
      const values = this.#page(last).subarray(from, from + this.dimensions);
      this.#page(place).set(values, this.#offset(place));
      this.#places.set(this.#ids[place]!, place);
    }
    this.#ids.length = last;
    this.#createdAtUs.length = last;
    this.#pages.length = Math.ceil(last / vectorsPerPage);
  }
}

/** Four sums, because each addition would wait for the one before; and doubles, into which all is turned anyway. */
function dot(values: Float32Array, from: number, query: Float64Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let index = 0;
  for (; index + 4 <= query.length; index += 4) {
    a += values[from + index]! * query[index]!;
    b += values[from + index + 1]! * query[index + 1]!;
    c += values[from + index + 2]! * query[index + 2]!;
    d += values[from + index + 3]! * query[index + 3]!;
  }
  for (; index < query.length; index += 1) a += values[from + index]! * query[index]!;
  return a + b + c + d;
}
