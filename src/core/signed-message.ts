// Messages with signatures that the one who receives them can check, as Standard Webhooks 1.0.0 describes them.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { FlywheelError } from './errors.js';

/** What is signed and sent. */
export interface Message {
  /** The same at every attempt to deliver it, so that who receives it twice can tell. */
  readonly id: string;
  /** When this attempt is made, in whole seconds since 1970. */
  readonly timestamp: number;
  /** Exactly the bytes of the request's body; a text is sent as UTF-8. */
  readonly body: string | Uint8Array;
}

/**
 * The headers that go with the body. The signature is one `v1,<base64>` for each secret, with spaces between them.
 * (A type and no interface, so that it is a record of headers to every client.)
 */
export type SignedHeaders = Readonly<
  Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>
>;

export interface VerifyOptions {
  /** The clock of the one who checks, in seconds since 1970. */
  readonly now: number;
  /** How many seconds the timestamp may be away from it, either way; 300 when not given. */
  readonly toleranceSeconds?: number;
}

const secretPrefix = 'whsec_';
const scheme = 'v1';
const defaultToleranceSeconds = 300;

/** The specification's bounds: 192 to 512 bits. */
const secretBytes = { least: 24, most: 64, fresh: 32 } as const;

/** No full stop, since full stops divide what is signed; nothing that a header cannot hold. */
const idPattern = /^[!-\-/-~]{1,256}$/;

/** As `signMessage` writes it: no sign, no zero in front. */
const timestampPattern = /^(?:0|[1-9]\d{0,14})$/;

/** A new secret: `whsec_` and 256 random bits in base64. */
export function createMessageSecret(): string {
  return secretPrefix + randomBytes(secretBytes.fresh).toString('base64');
}

/**
 * Signs a message: for each secret base64(HMAC-SHA256(secret, "id.timestamp.body")). While a secret is exchanged for
 * another, both sign, so that who knows either accepts. Throws BAD_INPUT for a secret that is none (its text is never
 * shown), an id with a full stop, a space or nothing in it, or a timestamp that is not whole seconds.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signMessage(message: Message, secrets: readonly string[]): SignedHeaders {
  const { id, timestamp, body } = message;
  if (!idPattern.test(id)) {
    throw new FlywheelError(
      'BAD_INPUT',
      'The id of a signed message needs 1 to 256 visible ASCII characters without a full stop.',
    );
  }
  const seconds = String(timestamp);
  if (!timestampPattern.test(seconds)) {
    throw new FlywheelError(
      'BAD_INPUT',
      `The timestamp of a signed message must be whole seconds since 1970, not ${seconds}.`,
    );
  }
  const signatures = keysOf(secrets).map((key) => `${scheme},${signatureOf(key, id, seconds, body)}`);
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures.join(' ') };
}

/**
 * Checks that a body came with one signature of one of `secrets`, and at this time; the names of headers may be in any
 * case. Returns the message's id, by which repeats are told, and its timestamp. The time that the comparison takes says
 * nothing of how much of a signature is right. Throws UNAUTHENTICATED, with what is wrong, and BAD_INPUT for secrets as
 * `signMessage` does. Signatures of other schemes are passed over.
 */
export function verifyMessage(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  secrets: readonly string[],
  options: VerifyOptions,
): { readonly id: string; readonly timestamp: number } {
  const { now, toleranceSeconds = defaultToleranceSeconds } = options;
  if (!(Number.isFinite(now) && toleranceSeconds >= 0)) {
    throw new RangeError('The time to compare with must be finite, and the tolerance 0 or more.');
  }
  const keys = keysOf(secrets);
  const id = headerOf(headers, 'webhook-id');
  const seconds = headerOf(headers, 'webhook-timestamp');
  const given = headerOf(headers, 'webhook-signature').split(' ');
  if (!idPattern.test(id)) throw refused('Its webhook-id is not one that a message can have.');
  if (!timestampPattern.test(seconds))
    throw refused('Its webhook-timestamp is not whole seconds since 1970.');
  const timestamp = Number(seconds);
  if (timestamp < now - toleranceSeconds) throw refused('It is too old: its webhook-timestamp is past.');
  if (timestamp > now + toleranceSeconds) throw refused('Its webhook-timestamp is in the future.');
  const expected = keys.map((key) => Buffer.from(`${scheme},${signatureOf(key, id, seconds, body)}`));
  const matches = given.map((text) => {
    const signature = Buffer.from(text);
    return expected.filter((one) => one.length === signature.length && timingSafeEqual(one, signature))
      .length;
  });
  if (!matches.some((count) => count > 0)) {
    throw refused('None of its signatures is one of this body with a secret that is known here.');
  }
  return { id, timestamp };
}

function signatureOf(key: Buffer, id: string, seconds: string, body: string | Uint8Array): string {
  return createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64');
}

function keysOf(secrets: readonly string[]): Buffer[] {
  if (secrets.length === 0) {
    throw new FlywheelError('BAD_INPUT', 'A signed message needs a secret; make one and configure it.');
  }
  return secrets.map((secret) => {
    if (!secret.startsWith(secretPrefix)) throw badSecret(`does not start with "${secretPrefix}"`);
    const text = secret.slice(secretPrefix.length);
    const key = Buffer.from(text, 'base64');
    // Buffer passes over what is not base64; what it read must be what was written, padded or not.
    const read = key.toString('base64');
    if (text !== read && text !== read.replace(/=+$/, '')) {
      throw badSecret(`is not base64 after "${secretPrefix}"`);
    }
    const { least, most } = secretBytes;
    if (key.length < least || key.length > most) {
      throw badSecret(`holds ${key.length} bytes; ${least} to ${most} are allowed`);
    }
    return key;
  });
}

function headerOf(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  name: string,
): string {
  const found = Object.entries(headers).filter(([key]) => key.toLowerCase() === name);
  const value = found[0]?.[1];
  if (found.length !== 1 || typeof value !== 'string' || value === '') {
    throw refused(`It needs the header ${name}, once.`);
  }
  return value;
}

function badSecret(fault: string): FlywheelError {
  return new FlywheelError(
    'BAD_INPUT',
    `A secret for signed messages ${fault}. It is "${secretPrefix}" and 24 to 64 random bytes in base64.`,
  );
}

function refused(fault: string): FlywheelError {
  return new FlywheelError('UNAUTHENTICATED', `The message is not accepted. ${fault}`);
}
