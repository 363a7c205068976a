// The torture at a size for every day; `npm run torture` runs it at full size.

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithKafka } from '../support/kafka.js';
import { torture } from './torture.js';

const timeoutMs = 240_000;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-torture-`));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const small = { nodes: 1, gateways: 0, events: 3_000, seed: 7, say: () => {} } as const;

describe('the torture of the pipelines on the log in PostgreSQL', () => {
  it('leaves every event once, and every sum right', { timeout: timeoutMs }, async () => {
    const { tally, disagreements } = await torture({
      ...small,
      log: 'postgres',
      kills: { pipelines: 4, gateways: 0, database: 1, kafka: 0 },
      folder: join(folder, 'postgres-log'),
    });
    expect(disagreements).toEqual([]);
    expect(tally.repeated).toBeGreaterThan(0);
    expect(tally.dead).toBeGreaterThan(0);
  });
});

describeWithKafka('the torture of the pipelines on Kafka', () => {
  it('leaves every event once, and every sum right', { timeout: timeoutMs }, async () => {
    const { tally, disagreements } = await torture({
      ...small,
      log: 'kafka',
      kills: { pipelines: 3, gateways: 0, database: 1, kafka: 1 },
      folder: join(folder, 'kafka-log'),
    });
    expect(disagreements).toEqual([]);
    expect(tally.repeated).toBeGreaterThan(0);
    expect(tally.dead).toBeGreaterThan(0);
  });
});
