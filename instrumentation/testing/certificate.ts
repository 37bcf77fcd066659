import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Certificate {
  /** Both in PEM. */
  readonly cert: string;
  readonly key: string;
}

/**
 * A certificate for 127.0.0.1 that signs itself, made anew: whoever is to trust it is given it.
 * https://www.rfc-editor.org/rfc/rfc5280#section-4.1, with a key of Ed25519 (https://www.rfc-editor.org/rfc/rfc8410)
 */
export function selfSigned(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const der = certificate(publicKey, privateKey)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${der.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function certificate(publicKey: KeyObject, privateKey: KeyObject): Buffer {
  const ed25519 = sequence(objectId(0x2b, 0x65, 0x70));
  const commonName = sequence(objectId(0x55, 0x04, 0x03), tagged(0x0c, Buffer.from('a receiver')));
  const name = sequence(tagged(0x31, commonName));
  const validity = sequence(
    tagged(0x17, Buffer.from('200101000000Z')),
    tagged(0x17, Buffer.from('491231235959Z')),
  );
  const address = tagged(0x87, Buffer.from([127, 0, 0, 1]));
  const alternativeName = sequence(objectId(0x55, 0x1d, 0x11), tagged(0x04, sequence(address)));
  const said = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.from([1])),
    ed25519,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(alternativeName)),
  );
  const signature = tagged(0x03, Buffer.from([0]), sign(null, said, privateKey));
  return sequence(said, ed25519, signature);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function objectId(...bytes: number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes));
}

/** DER: tag, length, contents. */
function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), contents]);
}
