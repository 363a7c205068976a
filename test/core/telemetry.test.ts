// The numbers that Prometheus reads are the numbers that were recorded.

import { describe, expect, it } from 'vitest';
import { createTelemetry } from '../../src/core/telemetry.js';

describe('telemetry', () => {
  it('counts requests by route and status, and their durations', async () => {
    const telemetry = createTelemetry();
    const record = telemetry.route('/graphql');
    record(200, 3);
    record(200, 30);
    record(499, 1);
    for (let reading = 0; reading < 2; reading += 1) {
      const text = await telemetry.render();
      expect(text).toContain('flywheel_http_requests_total{route="/graphql",status="200"} 2');
      expect(text).toContain('flywheel_http_requests_total{route="/graphql",status="499"} 1');
      expect(text).toContain('flywheel_http_request_duration_seconds_count{route="/graphql"} 3');
      expect(text).toContain('flywheel_http_request_duration_seconds_bucket{route="/graphql",le="0.005"} 2');
    }
    record(200, 1);
    expect(await telemetry.render()).toContain('{route="/graphql",status="200"} 3');
  });

  it('shows every outcome and code from the start, so that an alert has a zero to compare with', async () => {
    const telemetry = createTelemetry();
    telemetry.statement('timeout', 10_000);
    telemetry.planner('fallthrough');
    telemetry.error('INTERNAL');
    const text = await telemetry.render();
    expect(text).toContain('flywheel_statements_total{outcome="timeout"} 1');
    expect(text).toContain('flywheel_statements_total{outcome="ok"} 0');
    expect(text).toContain('flywheel_statement_duration_seconds_sum 10');
    expect(text).toContain('flywheel_planner_reads_total{outcome="planned"} 0');
    expect(text).toContain('flywheel_planner_reads_total{outcome="fallthrough"} 1');
    expect(text).toContain('flywheel_errors_total{code="INTERNAL"} 1');
    expect(text).toContain('flywheel_errors_total{code="BAD_INPUT"} 0');
  });

  it('reads gauges when it is asked', async () => {
    const telemetry = createTelemetry();
    let waiting = 0;
    telemetry.watchPool(() => ({ total: 5, idle: 2, waiting }));
    telemetry.watchRequestsInFlight(() => 7);
    waiting = 4;
    const text = await telemetry.render();
    expect(text).toContain('flywheel_pool_connections{state="busy"} 3');
    expect(text).toContain('flywheel_pool_connections{state="idle"} 2');
    expect(text).toContain('flywheel_pool_waiting 4');
    expect(text).toContain('flywheel_http_requests_in_flight 7');
  });

  it('covers the process and its event loop, and two of them share nothing', async () => {
    const [one, other] = [createTelemetry(), createTelemetry()];
    one.route('/graphql')(200, 1);
    expect(await one.render()).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(await one.render()).toContain('process_cpu_seconds_total');
    expect(await other.render()).not.toContain('route="/graphql",status');
  });

  it('gives every metric of ours a help text', async () => {
    const telemetry = createTelemetry();
    telemetry.watchPool(() => ({ total: 0, idle: 0, waiting: 0 }));
    const helps = (await telemetry.render()).match(/^# HELP flywheel_\S+ .*$/gm) ?? [];
    expect(helps.length).toBeGreaterThanOrEqual(8);
    for (const help of helps) expect(help).toMatch(/ .{20,}\.$/);
  });
});
