const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const firstBytes = 65_536;
/** Of UTF-8, for a UTF-16 code unit. */
const mostPerUnit = 3;

/**
 * The values of a stream, written one after the other into memory that is used again for the next push: a line is
 * copied twice instead of five times. The JSON in a value needs two characters escaped, and has no others that do.
 */
export class PushValues {
  #bytes = Buffer.allocUnsafe(firstBytes);
  #position = 0;

  get written(): Buffer {
    return this.#bytes.subarray(0, this.#position);
  }

  clear(): void {
    this.#position = 0;
  }

  /** `["nanoseconds","json"]`. `json`: as JSON.stringify writes it. */
  add(nanoseconds: string, json: string): void {
    // Behind its place at first, far enough that escaping it forward does not run into it.
    const most = json.length * mostPerUnit;
    this.#makeRoom(nanoseconds.length + 16 + most * 2);
    const bytes = this.#bytes;
    if (this.#position > 0) bytes[this.#position++] = comma;
    let to = this.#position + bytes.write(`["${nanoseconds}","`, this.#position, 'latin1');
    let from = to + most;
    const end = from + bytes.write(json, from, 'utf8');
    for (; from < end; from++) {
      const byte = bytes[from] as number;
      if (byte === quote || byte === backslash) bytes[to++] = backslash;
      bytes[to++] = byte;
    }
    this.#position = to + bytes.write('"]', to, 'latin1');
  }

  #makeRoom(bytes: number): void {
    const wanted = this.#position + bytes;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
    larger.set(this.written);
    this.#bytes = larger;
  }
}
