import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createStreamTelemetry } from '../../src/core/stream-telemetry.js';

it('shows what became of records, what is behind and what waits', async () => {
  const registry = new Registry();
  const telemetry = createStreamTelemetry(registry);
  const counts = { accepted: 5, repeated: 2, dead: 1, late: 0, unpriced: 0 };
  telemetry.batch({ topic: 'clicks', partition: 0, counts, durationMs: 20 });
  telemetry.batch({ topic: 'clicks', partition: 1, counts, durationMs: 2_000 });
  telemetry.batchFailed('clicks');
  telemetry.relayed(7);
  let waiting: Promise<number> = Promise.resolve(3);
  telemetry.watchOutbox(() => waiting);
  telemetry.watchPartitions(() => [
    { topic: 'clicks', partition: 0, lag: 12, stopped: false },
    { topic: 'clicks', partition: 1, lag: 0, stopped: true },
  ]);
  const shown = await registry.metrics();
  for (const line of [
    'flywheel_stream_records_total{topic="clicks",outcome="accepted"} 10',
    'flywheel_stream_records_total{topic="clicks",outcome="dead"} 2',
    'flywheel_stream_batch_failures_total{topic="clicks"} 1',
    'flywheel_stream_batch_duration_seconds_bucket{le="0.025",topic="clicks"} 1',
    'flywheel_stream_batch_duration_seconds_count{topic="clicks"} 2',
    'flywheel_stream_lag_records{topic="clicks",partition="0"} 12',
    'flywheel_stream_partition_stopped{topic="clicks",partition="1"} 1',
    'flywheel_outbox_relayed_total 7',
    'flywheel_outbox_waiting 3',
  ]) {
    expect(shown.split('\n')).toContain(line);
  }
  expect(shown).not.toContain('outcome="late"');

  waiting = Promise.reject(new Error('The database is away.'));
  expect(await registry.metrics()).toContain('flywheel_outbox_waiting 3');
});
