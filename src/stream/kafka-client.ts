// One kafkajs client with its own connections, which retries for ever until it is disposed of.

import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import kafkajs, {
  type Kafka,
  type KafkaConfig,
  type LogEntry,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs';
import { FlywheelError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { registerCodecs } from './kafka-codecs.js';
import { cureIdleTimers } from './kafka-internals.js';
import { type KafkaOptions, kafkaMeasures } from './kafka-options.js';
import { createKafkaSockets, type KafkaSockets } from './kafka-sockets.js';

export interface KafkaClientDeps {
  readonly options: KafkaOptions;
  readonly log: Log;
  /** Told of every connection that could not be made or broke. */
  readonly onConnectionFault: (error: Error, broker: string) => void;
  /** How often a request is tried again: `never`, by whoever tries again as a whole, or `always`, until disposed of. */
  readonly retries: 'never' | 'always';
}

export interface KafkaClient {
  readonly kafka: Kafka;
  readonly retry: RetryOptions;
  readonly sockets: KafkaSockets;
  /** Cuts the connections and ends what is being tried again. */
  dispose(): void;
}

let isPrepared = false;

/** Throws BAD_INPUT for files that cannot be read, or are no certificate with its key. */
export function createKafkaClient({
  options,
  log,
  onConnectionFault,
  retries,
}: KafkaClientDeps): KafkaClient {
  if (!isPrepared) {
    cureIdleTimers();
    registerCodecs();
    isPrepared = true;
  }
  let isDisposed = false;
  const sockets = createKafkaSockets((error, broker) => onConnectionFault(error, broker));
  const retry = retryOptions(() => (retries === 'never' || isDisposed ? 0 : Number.MAX_SAFE_INTEGER));
  const kafka = new kafkajs.Kafka({
    clientId: 'flywheel',
    brokers: [...options.brokers],
    connectionTimeout: kafkaMeasures.connectionTimeoutMs,
    authenticationTimeout: kafkaMeasures.requestTimeoutMs,
    requestTimeout: kafkaMeasures.requestTimeoutMs,
    retry,
    socketFactory: sockets.factory,
    logLevel: log.isLevelEnabled('trace') ? kafkajs.logLevel.DEBUG : kafkajs.logLevel.WARN,
    logCreator: () => (entry) => tell(log, entry),
    ...security(options),
  });
  return {
    kafka,
    retry,
    sockets,
    dispose() {
      isDisposed = true;
      sockets.destroy();
    },
  };
}

/**
 * kafkajs compares the number of its tries with `retries` after every one, so a value that is computed then can end
 * what would otherwise go on for ever, with its timers, after everything else is closed.
 */
function retryOptions(retries: () => number): RetryOptions {
  const options: RetryOptions = {
    initialRetryTime: kafkaMeasures.retryPauseMsMin,
    maxRetryTime: kafkaMeasures.retryPauseMsMax,
    multiplier: 1.5,
    // Whoever uses the client makes a new consumer of its own when one has crashed.
    restartOnFailure: async () => false,
  };
  return Object.assign(options, { retries: { valueOf: retries } });
}

function security(options: KafkaOptions): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const { ssl, sslCa, sslCert, sslKey } = options;
  const sasl = saslOf(options);
  const tls: SecureContextOptions = {
    ...(sslCa === undefined ? {} : { ca: pem('KAFKA_SSL_CA', sslCa) }),
    ...(sslCert === undefined ? {} : { cert: pem('KAFKA_SSL_CERT', sslCert) }),
    ...(sslKey === undefined ? {} : { key: pem('KAFKA_SSL_KEY', sslKey) }),
  };
  if (ssl) refuseUnusable(tls);
  return {
    ...(ssl ? { ssl: tls } : {}),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function saslOf({ saslMechanism, username, password }: KafkaOptions): SASLOptions | undefined {
  switch (saslMechanism) {
    case undefined:
      return undefined;
    case 'plain':
      return { mechanism: 'plain', username, password };
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', username, password };
  }
}

function pem(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new FlywheelError(
      'BAD_INPUT',
      `The file ${path} cannot be read; correct ${setting}, or allow it.`,
      { cause: error },
    );
  }
}

/** What cannot be a certificate with its key would otherwise be tried for ever, as if the broker were away. */
function refuseUnusable(tls: SecureContextOptions): void {
  try {
    createSecureContext(tls);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FlywheelError(
      'BAD_INPUT',
      `The files of KAFKA_SSL_CA, KAFKA_SSL_CERT and KAFKA_SSL_KEY cannot be used (${reason}); they must be PEM files, and the key that of the certificate, without a passphrase.`,
      { cause: error },
    );
  }
}

/** What kafkajs calls an error is mostly something that it tries again; what is worth knowing is reported by ourselves. */
function tell(
  log: Log,
  { namespace, level, log: { message, timestamp: _time, logger: _name, stack: _stack, ...facts } }: LogEntry,
): void {
  const line = `kafkajs ${namespace}: ${message}`;
  if (level === kafkajs.logLevel.DEBUG) log.trace(facts, line);
  else log.debug(facts, line);
}
