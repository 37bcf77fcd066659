import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (name: string) => fileURLToPath(new URL(`./certificates/${name}`, import.meta.url));

/** For `NODE_EXTRA_CA_CERTS`: who signed the server's certificate. */
export const authorityFile = at('authority.pem');
export const authority = readFileSync(authorityFile, 'utf8');
export const serverFiles = { cert: at('server.pem'), key: at('server-key.pem') };
/** Of a server on 127.0.0.1 or localhost, PEM. */
export const serverCertificate = {
  cert: readFileSync(serverFiles.cert, 'utf8'),
  key: readFileSync(serverFiles.key, 'utf8'),
};
