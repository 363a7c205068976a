// The whole program on a Kafka that asks for a password over TLS, or for a certificate: events in, windows out.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Certificate, makeCertificate } from '../support/certificates.js';
import { describeWithKafka, kafkaStartTimeoutMs, type OwnKafka, startOwnKafka } from '../support/kafka.js';
import {
  clientCertificateSettings,
  kafkaUser,
  passwordSettings,
  tlsSettings,
} from '../support/secured-listeners.js';
import { openProcesses, type Processes } from './processes.js';
import type { Topics } from './topics.js';

type Settings = Readonly<Record<string, string>>;

describeWithKafka('the program on a secured Kafka', () => {
  let kafka: OwnKafka;
  let folder: string;
  let authority: Certificate;
  let client: Certificate;
  let stranger: Certificate;
  let processes: Processes | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-certificates-`));
    authority = await makeCertificate(folder, 'authority');
    stranger = await makeCertificate(folder, 'stranger');
    client = await makeCertificate(folder, 'client', authority);
    const tls = await tlsSettings(folder, await makeCertificate(folder, 'broker', authority));
    kafka = await startOwnKafka({
      scramUsers: [{ name: kafkaUser.username, password: kafkaUser.password }],
      extraListeners: [
        {
          name: 'SECURE',
          protocol: 'SASL_SSL',
          settings: { ...passwordSettings, 'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512', ...tls },
        },
        { name: 'MUTUAL', protocol: 'SSL', settings: { ...tls, ...clientCertificateSettings(authority) } },
      ],
    });
  }, kafkaStartTimeoutMs);

  afterEach(async () => {
    await processes?.close();
    processes = undefined;
  }, 60_000);

  afterAll(async () => {
    await kafka?.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const withPassword = (mechanism: string, more: Settings = {}): Settings => ({
    KAFKA_BROKERS: kafka.brokersOf('SECURE').join(','),
    KAFKA_SSL: 'on',
    KAFKA_SSL_CA: authority.cert,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_USERNAME: kafkaUser.username,
    KAFKA_PASSWORD: kafkaUser.password,
    ...more,
  });

  const withCertificate = (more: Settings = {}): Settings => ({
    KAFKA_BROKERS: kafka.brokersOf('MUTUAL').join(','),
    KAFKA_SSL: 'on',
    KAFKA_SSL_CA: authority.cert,
    KAFKA_SSL_CERT: client.cert,
    KAFKA_SSL_KEY: client.key,
    ...more,
  });

  async function open(name: string, settings: Settings): Promise<Processes> {
    const own = (topic: string) => `${topic}.${name}`;
    const topics: Topics = {
      settings: {
        ...settings,
        FLYWHEEL_CONSUMER_GROUP: own('flywheel'),
        FLYWHEEL_TOPIC_BEHAVIOUR: own('user-behavior'),
        FLYWHEEL_TOPIC_MEASUREMENT: own('data_stream'),
        FLYWHEEL_TOPIC_RESULTS: own('flywheel.results'),
        FLYWHEEL_TOPIC_DEAD_LETTERS: own('flywheel.dead-letters'),
        FLYWHEEL_TOPIC_DECISIONS: own('flywheel.decisions'),
      },
      behaviour: own('user-behavior'),
      measurement: own('data_stream'),
      results: own('flywheel.results'),
      send: () => Promise.reject(new Error('Nobody sends by another way.')),
      forget: () => Promise.reject(new Error('Nothing is forgotten.')),
      close: async () => {},
    };
    processes = await openProcesses(async () => topics);
    return processes;
  }

  it.each([
    ['scram-sha-256', () => withPassword('scram-sha-256')],
    ['scram-sha-512', () => withPassword('scram-sha-512')],
    ['certificate', () => withCertificate()],
  ] as const)('takes events in and tells of them, by %s', { timeout: 240_000 }, async (name, settings) => {
    const site = await open(name, settings());
    const [gateway] = await Promise.all([site.gateway(), site.pipeline()]);
    const counts = 'metric: EVENTS, every: ALL, by: [EVENT_TYPE]';
    const follower = site.follow(gateway.url, counts);
    const lines = Array.from({ length: 30 }, (_, id) => JSON.stringify({ event: 'click', id, user_id: id }));
    const answer = await fetch(`${gateway.url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${lines.join('\n')}\nno event`,
    });
    expect(await answer.json()).toMatchObject({ accepted: 30 });
    await follower.until((received) => received.at(-1)?.value === 30);
    // It goes on after what it had, and so the log is read back too.
    const onward = site.follow(gateway.url, counts, follower.received.at(-1)?.cursor);
    await fetch(`${gateway.url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: JSON.stringify({ event: 'click', id: 'last', user_id: 1 }),
    });
    await onward.until((received) => received.at(-1)?.value === 31);
    expect(onward.received.map(({ value }) => value)).toEqual([31]);
    const ready = await fetch(`${gateway.url}/readyz`);
    expect(ready.status, await ready.text()).toBe(200);
  });

  it.each([
    ['a wrong password', () => withPassword('scram-sha-512', { KAFKA_PASSWORD: 'wrong' }), 'KAFKA_PASSWORD'],
    ['another user', () => withPassword('scram-sha-256', { KAFKA_USERNAME: 'mallory' }), 'KAFKA_USERNAME'],
    ['another way to log in', () => withPassword('plain'), 'KAFKA_SASL_MECHANISM'],
    [
      'the file of another authority',
      () => withPassword('scram-sha-512', { KAFKA_SSL_CA: stranger.cert }),
      'KAFKA_SSL_CA',
    ],
    [
      'a certificate that the authority has not signed',
      () => withCertificate({ KAFKA_SSL_CERT: stranger.cert, KAFKA_SSL_KEY: stranger.key }),
      'KAFKA_SSL_CERT',
    ],
    [
      'the key of another certificate',
      () => withCertificate({ KAFKA_SSL_KEY: stranger.key }),
      'KAFKA_SSL_KEY',
    ],
    [
      'a file that is no certificate',
      () => withCertificate({ KAFKA_SSL_CERT: client.key }),
      'KAFKA_SSL_CERT',
    ],
    [
      'a file that is not there',
      () => withPassword('scram-sha-512', { KAFKA_SSL_CA: join(folder, 'absent.pem') }),
      'KAFKA_SSL_CA',
    ],
  ] as const)(
    'does not start with %s, and says what to correct',
    { timeout: 120_000 },
    async (what, settings, name) => {
      const site = await open(what.replaceAll(/\W/g, '-'), settings());
      const program = site.run({}, 'start');
      const { code } = await program.ended;
      const said = program.said();
      expect(code, said).toBe(1);
      expect(said).toContain(name);
      expect(said).not.toContain(kafkaUser.password);
      // A sentence, and no trace of the machine.
      expect(said).not.toMatch(/^\s+at .*node:/m);
    },
  );
});
