// Every metric of the gateway, in one place, with a help text that an operator can act on.

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createDurationHistogram } from './duration-histogram.js';
import { type ErrorCode, errorCodes } from './errors.js';

/** `planned`: answered by one statement of ours; `fallthrough`: left to the Prisma plugin's own resolvers. */
export type PlannerOutcome = 'planned' | 'fallthrough';
export type StatementOutcome = 'ok' | 'failed' | 'timeout' | 'cancelled';

export interface PoolState {
  readonly total: number;
  readonly idle: number;
  /** Requests for a connection that none is free for. */
  readonly waiting: number;
}

/** The recorders are bound to their labels beforehand: on the way of a request they cost an addition or two. */
export interface Telemetry {
  /** A recorder for the answers of one route; `status` is the HTTP status, 499 when the client left first. */
  route(route: string): (status: number, durationMs: number) => void;
  statement(outcome: StatementOutcome, durationMs: number): void;
  planner(outcome: PlannerOutcome): void;
  error(code: ErrorCode): void;
  /** Gauges are read when somebody asks for the metrics, not before. */
  watchRequestsInFlight(read: () => number): void;
  watchPool(read: () => PoolState): void;
  /** Where the rooms behind the door register metrics of their own. */
  readonly registry: Registry;
  readonly contentType: string;
  /** All metrics in the Prometheus text format. */
  render(): Promise<string>;
}

/** A registry of its own, so that two gateways in one process never share a number. */
export function createTelemetry(): Telemetry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const requests = createTally(
    registry,
    'flywheel_http_requests_total',
    'HTTP requests by route and status; 499 means that the client left before it was answered.',
    ['route', 'status'],
  );
  const requestSeconds = createDurationHistogram(
    'flywheel_http_request_duration_seconds',
    'From the arrival of a request to the last byte of its answer, by route.',
  );
  const statements = createTally(
    registry,
    'flywheel_statements_total',
    'SQL statements of requests by outcome; many timeouts ask for narrower queries, or for a longer FLYWHEEL_STATEMENT_TIMEOUT_MS.',
    ['outcome'],
  );
  const statementSeconds = createDurationHistogram(
    'flywheel_statement_duration_seconds',
    'SQL statements of requests, the wait for a free connection included.',
  );
  const planner = createTally(
    registry,
    'flywheel_planner_reads_total',
    'Root fields by how they were read: planned (one statement) or fallthrough (by resolvers, as every report is). Lists and rows are slower that way, which should be rare.',
    ['outcome'],
  );
  const errors = createTally(
    registry,
    'flywheel_errors_total',
    'Errors shown to callers by code; INTERNAL is always a fault of ours and has a log line with its cause.',
    ['code'],
  );

  const observeStatement = statementSeconds.child();
  const planned = planner('planned');
  const fallthrough = planner('fallthrough');
  const statementCounts = {
    ok: statements('ok'),
    failed: statements('failed'),
    timeout: statements('timeout'),
    cancelled: statements('cancelled'),
  };
  const errorCounts = new Map(errorCodes.map((code) => [code, errors(code)]));

  return {
    route(route) {
      const observe = requestSeconds.child({ route });
      const counts = new Map<number, Count>();
      return (status, durationMs) => {
        let count = counts.get(status);
        if (count === undefined) {
          count = requests(route, String(status));
          counts.set(status, count);
        }
        count.value += 1;
        observe(durationMs);
      };
    },
    statement(outcome, durationMs) {
      statementCounts[outcome].value += 1;
      observeStatement(durationMs);
    },
    planner(outcome) {
      (outcome === 'planned' ? planned : fallthrough).value += 1;
    },
    error(code) {
      const count = errorCounts.get(code);
      if (count !== undefined) count.value += 1;
    },
    watchRequestsInFlight(read) {
      new Gauge({
        name: 'flywheel_http_requests_in_flight',
        help: 'HTTP requests that are being answered now.',
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    watchPool(read) {
      watchPool(registry, read);
    },
    registry,
    contentType: registry.contentType,
    render: async () => (await registry.metrics()) + requestSeconds.render() + statementSeconds.render(),
  };
}

interface Count {
  value: number;
}

/**
 * A counter whose children are plain numbers, handed to prom-client when the metrics are read: its own `inc`
 * hashes the labels at every call, which is some hundred times the price of an addition.
 */
function createTally(registry: Registry, name: string, help: string, labelNames: readonly string[]) {
  const children: { readonly labels: Record<string, string>; readonly count: Count; reported: number }[] = [];
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      for (const child of children) {
        this.inc(child.labels, child.count.value - child.reported);
        child.reported = child.count.value;
      }
    },
  });
  return (...labelValues: readonly string[]): Count => {
    const count = { value: 0 };
    const labels = Object.fromEntries(labelNames.map((label, index) => [label, labelValues[index] ?? '']));
    children.push({ labels, count, reported: 0 });
    return count;
  };
}

function watchPool(registry: Registry, read: () => PoolState): void {
  new Gauge({
    name: 'flywheel_pool_connections',
    help: 'Database connections of the pool by state: busy or idle.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { total, idle } = read();
      this.set({ state: 'busy' }, total - idle);
      this.set({ state: 'idle' }, idle);
    },
  });
  new Gauge({
    name: 'flywheel_pool_waiting',
    help: 'Requests waiting for a database connection; above 0 for long asks for a larger FLYWHEEL_POOL_SIZE or a faster database.',
    registers: [registry],
    collect() {
      this.set(read().waiting);
    },
  });
}
