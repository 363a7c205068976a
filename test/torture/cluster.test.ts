// The torture on three nodes of Kafka with two gateways, small; `npm run torture -- --nodes 3` runs it at full size.

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithKafka } from '../support/kafka.js';
import { describeWhenAsked } from '../support/when-asked.js';
import { torture } from './torture.js';

const timeoutMs = 600_000;

describeWhenAsked(describeWithKafka, 'the torture on three nodes of Kafka', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-torture-`));
    await chmod(folder, 0o755);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('leaves every event once, and subscribers with every change once', { timeout: timeoutMs }, async () => {
    const { tally, resumptions, disagreements } = await torture({
      log: 'kafka',
      nodes: 3,
      // The controller is among them once each has had its turn.
      kills: { pipelines: 2, gateways: 3, database: 1, kafka: 3 },
      nodeEveryMs: 12_000,
      gateways: 2,
      events: 4_000,
      seed: 11,
      folder: join(folder, 'cluster'),
      say: () => {},
    });
    expect(disagreements).toEqual([]);
    expect(tally.repeated).toBeGreaterThan(0);
    expect(tally.dead).toBeGreaterThan(0);
    expect(resumptions).toBeGreaterThan(0);
  });
});
