// Ways to connect that ask for a password or a certificate, and what is said when they do not get what they ask for.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaOptions } from '../../src/stream/kafka-options.js';
import { collect, sortedNumbers } from '../contracts/log-readers.js';
import { eventually, newName, numbered, numbers } from '../contracts/log-server.js';
import { type Certificate, makeCertificate } from '../support/certificates.js';
import {
  createTestKafkaLog,
  describeWithKafka,
  kafkaStartTimeoutMs,
  type OwnKafka,
  startOwnKafka,
} from '../support/kafka.js';
import {
  clientCertificateSettings,
  kafkaUser,
  passwordSettings,
  tlsSettings,
} from '../support/secured-listeners.js';

describeWithKafka('a Kafka that asks who we are', () => {
  let kafka: OwnKafka;
  let folder: string;
  let server: Certificate;
  let stranger: Certificate;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-certificates-`));
    server = await makeCertificate(folder, 'broker');
    stranger = await makeCertificate(folder, 'stranger');
    const tls = await tlsSettings(folder, server);
    kafka = await startOwnKafka({
      scramUsers: [{ name: kafkaUser.username, password: kafkaUser.password }],
      extraListeners: [
        { name: 'SECRET', protocol: 'SASL_PLAINTEXT', settings: passwordSettings },
        { name: 'SECURE', protocol: 'SASL_SSL', settings: { ...passwordSettings, ...tls } },
        {
          name: 'MUTUAL',
          protocol: 'SSL',
          settings: { ...tls, ...clientCertificateSettings(server) },
        },
        {
          name: 'SCRAMONLY',
          protocol: 'SASL_PLAINTEXT',
          settings: { ...passwordSettings, 'sasl.enabled.mechanisms': 'SCRAM-SHA-256' },
        },
      ],
    });
  }, kafkaStartTimeoutMs);

  afterAll(async () => {
    await kafka?.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  async function writesAndReads(listener: string, options: Partial<KafkaOptions>): Promise<void> {
    const log = createTestKafkaLog(kafka.brokersOf(listener), options);
    try {
      const topic = newName('secure');
      await log.ensureTopics([{ name: topic, partitions: 2 }]);
      const { records } = await collect(log, [topic], 'start', new Map());
      await log.append(topic, numbered(50));
      await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(0, 50)));
    } finally {
      await log.close();
    }
  }

  /** Every way in must say the same, whichever is tried first. */
  async function isRefused(
    listener: string,
    options: Partial<KafkaOptions>,
    sentence: RegExp,
  ): Promise<void> {
    const log = createTestKafkaLog(kafka.brokersOf(listener), options);
    const refused = { name: 'FlywheelError', code: 'UNAVAILABLE', message: expect.stringMatching(sentence) };
    const [topic, handle] = ['any', async () => {}];
    try {
      await expect(log.check()).rejects.toMatchObject(refused);
      await expect(log.ensureTopics([{ name: topic, partitions: 1 }])).rejects.toMatchObject(refused);
      await expect(log.append(topic, numbered(1))).rejects.toMatchObject(refused);
      await expect(log.ends(topic)).rejects.toMatchObject(refused);
      await expect(
        log.tail({ topics: [topic], from: new Map(), elsewhere: 'start', handle }),
      ).rejects.toMatchObject(refused);
      await expect(
        log.consume({
          group: newName('group'),
          topics: [topic],
          batchRecordsMax: 1,
          position: async (partitions) => partitions.map(() => 0n),
          handle,
        }),
      ).rejects.toMatchObject(refused);
    } finally {
      await log.close();
    }
  }

  describe('is used', { timeout: 60_000 }, () => {
    it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('with %s', (saslMechanism) =>
      writesAndReads('SECRET', { saslMechanism, ...kafkaUser }),
    );

    it('with a password over TLS', () =>
      writesAndReads('SECURE', {
        ssl: true,
        sslCa: server.cert,
        saslMechanism: 'scram-sha-256',
        ...kafkaUser,
      }));

    it('with a certificate of our own', () =>
      writesAndReads('MUTUAL', {
        ssl: true,
        sslCa: server.cert,
        sslCert: server.cert,
        sslKey: server.key,
      }));
  });

  describe('refuses', { timeout: 60_000 }, () => {
    it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
      'a wrong password with %s',
      (saslMechanism) =>
        isRefused(
          'SECRET',
          { saslMechanism, ...kafkaUser, password: 'wrong' },
          /KAFKA_USERNAME or KAFKA_PASSWORD/,
        ),
    );

    it('a user who is not there', () =>
      isRefused(
        'SECRET',
        { saslMechanism: 'scram-sha-256', ...kafkaUser, username: 'mallory' },
        /KAFKA_USERNAME or KAFKA_PASSWORD/,
      ));

    it('a mechanism that is not enabled', () =>
      isRefused('SCRAMONLY', { saslMechanism: 'plain', ...kafkaUser }, /KAFKA_SASL_MECHANISM/));

    it('a password where none is asked for', () =>
      isRefused('PLAIN', { saslMechanism: 'plain', ...kafkaUser }, /KAFKA_SASL_MECHANISM/));

    it('no certificate where one is asked for', () =>
      isRefused('MUTUAL', { ssl: true, sslCa: server.cert }, /KAFKA_SSL_CERT/));
  });

  it('is refused where its certificate is not trusted', async () => {
    const options = { ssl: true, saslMechanism: 'plain', ...kafkaUser } as const;
    await isRefused('SECURE', options, /certificate.*KAFKA_SSL_CA/);
    await isRefused('SECURE', { ...options, sslCa: stranger.cert }, /certificate.*KAFKA_SSL_CA/);
  }, 60_000);

  it.each([
    ['no TLS', 'SECURE', {}, /KAFKA_SSL/],
    ['no password', 'SECRET', {}, /KAFKA_SASL_MECHANISM/],
    ['TLS where none is spoken', 'SECRET', { ssl: true, saslMechanism: 'plain', ...kafkaUser }, /KAFKA_SSL/],
  ] as const)(
    'is tried again and again with %s, and it is said what to look at',
    async (_, listener, options, hint) => {
      const faults: unknown[] = [];
      const log = createTestKafkaLog(kafka.brokersOf(listener), options, (error) => faults.push(error));
      const ensured = log.ensureTopics([{ name: 'any', partitions: 1 }]);
      ensured.catch(() => {});
      await eventually(() => {
        expect(faults).toContainEqual(expect.objectContaining({ message: expect.stringMatching(hint) }));
      });
      await log.close();
      await expect(ensured).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    },
    60_000,
  );

  it('is not found where there is no such host', async () => {
    const log = createTestKafkaLog(['no-such-host.invalid:9092']);
    await expect(log.append('any', numbered(1))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/host.*KAFKA_BROKERS/),
    });
    await log.close();
  });

  it('is found through the second host when the first one is misspelt', async () => {
    const log = createTestKafkaLog(['no-such-host.invalid:9092', ...kafka.brokers]);
    const topic = newName('misspelt');
    await log.ensureTopics([{ name: topic, partitions: 1 }]);
    await log.append(topic, numbered(3));
    await log.close();
  }, 30_000);

  it('needs files that can be read', async () => {
    const log = createTestKafkaLog(kafka.brokersOf('SECURE'), {
      ssl: true,
      sslCa: join(folder, 'absent.pem'),
    });
    await expect(log.check()).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('KAFKA_SSL_CA'),
    });
    await log.close();
  });

  it('is waited for while it is away, until the signal is aborted', async () => {
    const faults: unknown[] = [];
    const log = createTestKafkaLog(['127.0.0.1:1'], {}, (error) => faults.push(error));
    const abort = new AbortController();
    const appended = log.append('any', numbered(1), abort.signal);
    appended.catch(() => {});
    await eventually(() =>
      expect(faults).toMatchObject([{ message: expect.stringContaining('KAFKA_BROKERS') }]),
    );
    abort.abort();
    await expect(appended).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(log.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await log.close();
  }, 30_000);
});
