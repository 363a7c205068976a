import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createServiceTelemetry } from '../../src/core/service-telemetry.js';

describe('metrics of services', () => {
  it('count calls by their outcome, and trainings by their end', async () => {
    const registry = new Registry();
    const telemetry = createServiceTelemetry(registry);
    const observe = telemetry.calls('learning');
    observe({ method: 'predict', outcome: 'ok', durationMs: 2 });
    observe({ method: 'predict', outcome: 'ok', durationMs: 40 });
    observe({ method: 'predict', outcome: 'timeout', durationMs: 300 });
    telemetry.trained('learning', 'registered');
    const text = await registry.metrics();
    const calls = 'flywheel_service_calls_total{service="learning",method="predict",outcome=';
    expect(text).toContain(`${calls}"ok"} 2`);
    expect(text).toContain(`${calls}"timeout"} 1`);
    expect(text).toContain('flywheel_service_call_duration_seconds_bucket{le="0.0025",service="learning"} 1');
    expect(text).toContain('flywheel_service_call_duration_seconds_count{service="learning"} 3');
    expect(text).toContain('flywheel_trainings_total{service="learning",state="registered"} 1');
  });
});
