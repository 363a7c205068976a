// What went wrong with Kafka, in a sentence that names the setting to look at; and whether time may heal it.

import { FlywheelError } from '../core/errors.js';
import { TopicNotAuthorized } from './kafka-metadata.js';
import type { KafkaOptions } from './kafka-options.js';

export interface KafkaFault {
  readonly error: FlywheelError;
  /** False for what stays wrong until somebody changes a setting or the cluster. */
  readonly mayHeal: boolean;
}

type Security = Pick<KafkaOptions, 'brokers' | 'ssl' | 'saslMechanism'>;

/** The texts that errors of kafkajs, of TLS and of the system bear there, from the outermost to the innermost cause. */
function textsOf(error: unknown, ...keys: readonly string[]): string[] {
  const texts: string[] = [];
  for (let inner = error, depth = 0; inner instanceof Error && depth < 8; depth += 1) {
    for (const key of keys) {
      const value: unknown = Reflect.get(inner, key);
      if (typeof value === 'string') texts.push(value);
    }
    const [first]: unknown[] = Array.isArray(Reflect.get(inner, 'errors'))
      ? Reflect.get(inner, 'errors')
      : [];
    inner = inner.cause ?? first;
  }
  return texts;
}

function namesOf(error: unknown): string[] {
  return textsOf(error, 'type', 'code', 'name');
}

const tlsRefused = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * Turns whatever kafkajs, TLS or the system threw into a sentence. `isProven` says that the settings have worked before,
 * so that no doubt is cast on them.
 */
export function kafkaFault(
  error: unknown,
  { brokers, ssl, saslMechanism }: Security,
  isProven = false,
): KafkaFault {
  if (error instanceof FlywheelError) return { error, mayHeal: error.code === 'UNAVAILABLE' };
  // Of several brokers it is mostly one that is away.
  const [broker = brokers.join(', ')] = textsOf(error, 'broker');
  const at = `Kafka at ${broker}`;
  const names = namesOf(error);
  const is = (...wanted: string[]) => wanted.some((name) => names.includes(name));
  const stays = (sentence: string, code: 'UNAVAILABLE' | 'FORBIDDEN' = 'UNAVAILABLE'): KafkaFault => ({
    error: new FlywheelError(code, sentence, { cause: error }),
    mayHeal: false,
  });
  const heals = (sentence: string): KafkaFault => ({
    error: new FlywheelError('UNAVAILABLE', sentence, { cause: error }),
    mayHeal: true,
  });

  if (error instanceof TopicNotAuthorized || is('TOPIC_AUTHORIZATION_FAILED')) {
    return stays(
      `${at} does not allow the topic to this user; grant it, or correct KAFKA_USERNAME.`,
      'FORBIDDEN',
    );
  }
  if (
    is('GROUP_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  ) {
    return stays(`${at} does not allow this to this user; grant it, or correct KAFKA_USERNAME.`, 'FORBIDDEN');
  }
  if (is('UNSUPPORTED_SASL_MECHANISM') || /mechanism is not supported/.test(String(error))) {
    return stays(`${at} does not know this way to log in; correct KAFKA_SASL_MECHANISM.`);
  }
  if (is('SASL_AUTHENTICATION_FAILED', 'KafkaJSSASLAuthenticationError')) {
    return stays(`${at} refuses this user or password; correct KAFKA_USERNAME or KAFKA_PASSWORD.`);
  }
  if (is('ILLEGAL_SASL_STATE')) {
    return stays(
      `${at} expects no user and password here; unset KAFKA_SASL_MECHANISM, or correct KAFKA_BROKERS.`,
    );
  }
  if (names.some((name) => tlsRefused.has(name))) {
    return stays(
      `${at} shows a certificate that is not trusted (${reasonOf(error)}); set KAFKA_SSL_CA to the file of whoever signed it, or correct KAFKA_BROKERS.`,
    );
  }
  if (names.some((name) => /^ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA)/.test(name))) {
    return stays(
      `${at} does not accept our certificate, or wants one; correct KAFKA_SSL_CERT and KAFKA_SSL_KEY.`,
    );
  }
  if (is('EPROTO') || names.some((name) => name.startsWith('ERR_SSL_'))) {
    return stays(
      `${at} does not speak TLS as we do (${reasonOf(error)}); correct KAFKA_SSL or KAFKA_BROKERS.`,
    );
  }
  if (is('ENOTFOUND')) {
    return stays(`The host of ${at} is not known; correct KAFKA_BROKERS.`);
  }
  if (is('UNSUPPORTED_VERSION', 'KafkaJSServerDoesNotSupportApiKey')) {
    return stays(`${at} is too old; Flywheel needs Apache Kafka 3.1 or newer.`);
  }
  if (is('ECONNREFUSED')) return heals(`No ${at} answers; start it, or correct KAFKA_BROKERS.`);
  if (is('KafkaJSConnectionClosedError', 'ECONNRESET')) {
    if (isProven) return heals(`${at} closed a connection; it is opened again.`);
    return heals(`${at} closes the connection; ${hint(error, ssl, saslMechanism !== undefined)}`);
  }
  return heals(`${at} cannot be used now: ${reasonOf(error)}.`);
}

/** A broker that expects another protocol just hangs up. */
function hint(error: unknown, ssl: boolean, hasSasl: boolean): string {
  const hasNoTls = ssl && /before secure TLS/.test(reasonOf(error));
  const settings = [...(!ssl || hasNoTls ? ['KAFKA_SSL'] : []), ...(hasSasl ? [] : ['KAFKA_SASL_MECHANISM'])];
  const wanted = settings.length === 0 ? 'KAFKA_BROKERS' : settings.join(' or ');
  return `if it stays so, the broker may expect another way to connect: look at ${wanted}.`;
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason.replace(/[.\s]+$/, '');
}

/** The name that Kafka gives to an error of its protocol, such as `MESSAGE_TOO_LARGE`. */
export function isProtocolError(error: unknown, ...types: readonly string[]): boolean {
  const names = namesOf(error);
  return types.some((type) => names.includes(type));
}
