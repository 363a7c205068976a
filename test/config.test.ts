// What the environment may say, and how every mistake in it is named at once.

import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config.js';
import { FlywheelError } from '../src/core/errors.js';

const digest = createHash('sha256').update('open sesame').digest('hex');

function faultsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof FlywheelError) return error.message.split('\n');
    throw error;
  }
  return [];
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe('loadConfig', () => {
  it('has a default for everything', () => {
    const config = loadConfig({});
    expect(config.door).toMatchObject({ port: 4000, host: '127.0.0.1', bodyLimitBytes: 1_048_576 });
    expect(config.limits).toMatchObject({ tokens: 2000, depth: 15, costRows: 100_000 });
    expect(config.warehouse.databaseUrl).toBeUndefined();
    expect(config.apiKeys).toEqual([]);
    expect(config.dataDir).toBe(resolve('.flywheel'));
    expect([config.demo, config.planner, config.logLevel]).toEqual([true, true, 'info']);
  });

  it('reads every kind of setting', () => {
    const config = loadConfig({
      PORT: ' 0 ',
      HOST: '0.0.0.0',
      DATABASE_URL: 'postgresql://shop:secret@db.example.com/shop',
      LOG_LEVEL: 'debug',
      FLYWHEEL_API_KEYS: `board:reader:${digest},\n etl-1:writer:${digest.toUpperCase()}\n`,
      FLYWHEEL_DATA_DIR: '/srv/flywheel',
      FLYWHEEL_DEMO: 'off',
      FLYWHEEL_PLANNER: 'off',
      FLYWHEEL_CORS_ORIGINS: 'https://shop.example.com, http://localhost:5173',
      FLYWHEEL_ALLOWED_HOSTS: '.example.com,gateway,10.0.0.7',
      FLYWHEEL_STATEMENT_TIMEOUT_MS: '250',
      UNRELATED: 'x',
    });
    expect(config.door).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      corsOrigins: ['https://shop.example.com', 'http://localhost:5173'],
      allowedHosts: ['.example.com', 'gateway', '10.0.0.7'],
    });
    expect(config.apiKeys).toEqual([
      { name: 'board', role: 'reader', sha256: digest },
      { name: 'etl-1', role: 'writer', sha256: digest },
    ]);
    expect(config.warehouse).toMatchObject({
      databaseUrl: 'postgresql://shop:secret@db.example.com/shop',
      statementTimeoutMs: 250,
    });
    expect([config.dataDir, config.demo, config.planner]).toEqual(['/srv/flywheel', false, false]);
  });

  it('says what is offered for a third view, or that nothing is', () => {
    expect(loadConfig({}).wheel.thirdView).toEqual({ windowMs: 604_800_000, offer: 'DISCOUNT_5' });
    expect(loadConfig({ FLYWHEEL_THIRD_VIEW_WINDOW: 'off' }).wheel.thirdView).toBeNull();
    expect(faultsOf({ FLYWHEEL_THIRD_VIEW_OFFER: 'five per cent' })).toEqual([
      'FLYWHEEL_THIRD_VIEW_OFFER is "five per cent"; it must be the name of an offer such as DISCOUNT_5.',
    ]);
  });

  it('says when models are trained, or that they are only when somebody asks', () => {
    expect(loadConfig({}).training).toEqual({ everyMs: 86_400_000, afterEvents: 100_000 });
    const often = loadConfig({ FLYWHEEL_TRAIN_EVERY: '90s', FLYWHEEL_TRAIN_AFTER_EVENTS: '1' });
    expect(often.training).toEqual({ everyMs: 90_000, afterEvents: 1 });
    const never = loadConfig({ FLYWHEEL_TRAIN_EVERY: 'off', FLYWHEEL_TRAIN_AFTER_EVENTS: 'off' });
    expect(never.training).toEqual({ everyMs: undefined, afterEvents: undefined });
    expect(faultsOf({ FLYWHEEL_TRAIN_EVERY: 'daily', FLYWHEEL_TRAIN_AFTER_EVENTS: '0' })).toEqual([
      'FLYWHEEL_TRAIN_EVERY is "daily"; it must be a duration such as 15m, 12h or 7d, or off.',
      'FLYWHEEL_TRAIN_AFTER_EVENTS is "0"; it must be a whole number of events from 1 to 1000000000000, or off.',
    ]);
  });

  it('wants TLS for its files, and a key for a certificate', () => {
    const files = { KAFKA_SSL_CA: 'ca.pem', KAFKA_SSL_CERT: 'own.pem', KAFKA_SSL_KEY: 'own.key' };
    expect(loadConfig({ ...files, KAFKA_BROKERS: 'k:9093', KAFKA_SSL: 'on' }).kafka?.ssl).toBe(true);
    expect(faultsOf(files)).toEqual([
      'KAFKA_SSL_CA and KAFKA_SSL_CERT and KAFKA_SSL_KEY must not be set without KAFKA_SSL=on.',
    ]);
    for (const half of [{ KAFKA_SSL_CERT: 'own.pem' }, { KAFKA_SSL_KEY: 'own.key' }]) {
      expect(faultsOf({ ...half, KAFKA_SSL: 'on' })).toEqual([
        'KAFKA_SSL_CERT and KAFKA_SSL_KEY must be set together.',
      ]);
    }
  });

  it('says where Flink and Spark are, or that nothing of them is there', () => {
    const kafka = { KAFKA_BROKERS: 'kafka-1:9092,kafka-2:9092' };
    const flink = { FLINK_SQL_GATEWAY: 'http://flink:8083', FLINK_REST: 'http://flink:8081' };
    expect(loadConfig(kafka)).toMatchObject({ flink: undefined, spark: undefined });
    expect(loadConfig({ ...kafka, ...flink }).flink).toEqual({
      sqlGateway: 'http://flink:8083',
      rest: 'http://flink:8081',
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      kafkaPropertiesFile: undefined,
    });
    expect(loadConfig({ ...kafka, ...flink, FLINK_KAFKA_BROKERS: 'inside:9093' }).flink?.brokers).toEqual([
      'inside:9093',
    ]);
    const spark = { SPARK_HOME: '/opt/spark', SPARK_JARS: '/opt/a.jar,/opt/b.jar' };
    const secret = {
      DATABASE_URL: 'postgresql://u:secret@host/db',
      PGPASSWORD: 'secret',
      KAFKA_BROKERS: 'k:9092',
    };
    expect(loadConfig({ ...spark, ...secret, JAVA_HOME: '/opt/java' }).spark).toEqual({
      home: '/opt/spark',
      master: 'local[*]',
      jars: ['/opt/a.jar', '/opt/b.jar'],
      environment: { ...spark, JAVA_HOME: '/opt/java' },
    });
    expect(faultsOf({ ...kafka, FLINK_REST: 'http://flink:8081' })).toEqual([
      'FLINK_SQL_GATEWAY must be set too, or do without FLINK_REST.',
    ]);
    expect(faultsOf({ ...kafka, FLINK_KAFKA_BROKERS: 'inside:9093' })).toEqual([
      'FLINK_SQL_GATEWAY and FLINK_REST must be set too, or do without FLINK_KAFKA_BROKERS.',
    ]);
    expect(faultsOf(flink).join()).toContain('set KAFKA_BROKERS too');
    expect(faultsOf({ SPARK_MASTER: 'spark://host:7077' }).join()).toContain('SPARK_HOME must be set too');
    expect(faultsOf({ SPARK_HOME: '/opt/spark', SPARK_MASTER: 'mesos' })).toHaveLength(1);
  });

  it('takes an empty setting as unset', () => {
    expect(loadConfig({ PORT: '', FLYWHEEL_API_KEYS: ' ', DATABASE_URL: '' })).toEqual(loadConfig({}));
  });

  it('is frozen through and through', () => {
    expect(isDeeplyFrozen(loadConfig({}))).toBe(true);
    expect(isDeeplyFrozen(loadConfig({ FLYWHEEL_API_KEYS: `a:reader:${digest}` }))).toBe(true);
  });

  it('names every fault at once: the setting, its value and what is allowed', () => {
    const faults = faultsOf({
      PORT: '70000',
      HOST: 'my host',
      LOG_LEVEL: 'loud',
      FLYWHEEL_DEMO: 'yes',
      FLYWHEEL_BODY_LIMIT_BYTES: '1MB',
      FLYWHEEL_CORS_ORIGINS: 'https://shop.example.com/path',
      FLYWHEEL_ALLOWED_HOSTS: 'shop.example.com:4000',
    });
    expect(faults).toContain('PORT is "70000"; it must be a whole number from 0 to 65535.');
    expect(faults).toContain('FLYWHEEL_DEMO is "yes"; it must be on or off.');
    for (const name of ['HOST', 'LOG_LEVEL', 'BODY_LIMIT_BYTES', 'CORS_ORIGINS', 'ALLOWED_HOSTS']) {
      expect(faults.filter((fault) => fault.split(' is ')[0]?.endsWith(name))).not.toEqual([]);
    }
  });

  it.each(['*', 'null', 'shop.example.com', 'https://shop.example.com/'])(
    'refuses the origin %s',
    (origin) => {
      expect(faultsOf({ FLYWHEEL_CORS_ORIGINS: origin })).toHaveLength(1);
    },
  );

  it('knows what a misspelt setting was meant to be', () => {
    expect(faultsOf({ FLYWHEEL_PLANER: 'off' })).toEqual([
      'FLYWHEEL_PLANER is not a setting; did you mean FLYWHEEL_PLANNER?',
    ]);
    expect(faultsOf({ FLYWHEEL_SOMETHING_QUITE_DIFFERENT: '1' })).toEqual([
      'FLYWHEEL_SOMETHING_QUITE_DIFFERENT is not a setting; remove it.',
    ]);
  });

  it('never shows a secret, not even a wrong one', () => {
    const faults = faultsOf({
      DATABASE_URL: 'mysql://root:hunter2@db/shop',
      FLYWHEEL_API_KEYS: 'hunter2, hunter2:reader:x, a:hunter2:x, a:reader:hunter2, a:b:c:hunter2',
    });
    expect(faults).toHaveLength(6);
    expect(faults.join()).not.toContain('hunter2');
    expect(faults.join()).toContain('entry 4 needs the 64 hexadecimal digits');
  });

  it('refuses two keys of one name, and a list without any', () => {
    const keys = `a:reader:${digest},a:writer:${digest}`;
    expect(faultsOf({ FLYWHEEL_API_KEYS: keys }).join()).toContain('entry 2 repeats the name');
    expect(faultsOf({ FLYWHEEL_API_KEYS: ' , ' }).join()).toContain('at least one name:role:sha256');
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'gateway.example.com', '128.0.0.1'])(
    'refuses HOST %s without keys',
    (host) => {
      expect(faultsOf({ HOST: host }).join()).toContain('FLYWHEEL_API_KEYS is not set');
      expect(faultsOf({ HOST: host, FLYWHEEL_API_KEYS: `a:reader:${digest}` })).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('needs no keys for HOST %s', (host) => {
    expect(loadConfig({ HOST: host }).door.host).toBe(host);
  });

  it('answers any text with a configuration or with faults, never with another error', () => {
    const names = [
      'PORT',
      'HOST',
      'DATABASE_URL',
      'FLYWHEEL_API_KEYS',
      'FLYWHEEL_CORS_ORIGINS',
      'FLYWHEEL_X',
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' })), (env) => {
        for (const fault of faultsOf(env)) expect(fault).toMatch(/[.?]$/);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
