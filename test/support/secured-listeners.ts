// Ways into a Kafka of the tests that ask for a password or a certificate, and the properties that make them so.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificate } from './certificates.js';

export const kafkaUser = { username: 'alice', password: 'kept secret' } as const;

const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${kafkaUser.username}="${kafkaUser.password}";`;

/** Of a listener that asks for that user, by any of the ways to log in. */
export const passwordSettings = {
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  'plain.sasl.jaas.config': plain,
  'scram-sha-256.sasl.jaas.config': scram,
  'scram-sha-512.sasl.jaas.config': scram,
} as const;

/** Of a listener that shows this certificate. Writes a file into the folder. */
export async function tlsSettings(
  folder: string,
  { cert, key }: Certificate,
): Promise<Readonly<Record<string, string>>> {
  const keystore = join(folder, 'keystore.pem');
  await writeFile(keystore, (await readFile(key, 'utf8')) + (await readFile(cert, 'utf8')));
  return { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': keystore };
}

/** Of a listener that asks for a certificate which that authority has signed. */
export function clientCertificateSettings(authority: Certificate): Readonly<Record<string, string>> {
  return {
    'ssl.client.auth': 'required',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority.cert,
  };
}
