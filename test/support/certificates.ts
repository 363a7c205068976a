// Certificates for 127.0.0.1, made with openssl: some sign themselves, others are signed by an authority of the tests.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate for two days in the folder, and its key. Without an authority it signs itself. */
export async function makeCertificate(
  folder: string,
  name: string,
  authority?: Certificate,
): Promise<Certificate> {
  const cert = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ...(authority === undefined
      ? []
      : ['-CA', authority.cert, '-CAkey', authority.key, '-addext', 'basicConstraints=critical,CA:FALSE']),
  ]);
  return { cert, key };
}
