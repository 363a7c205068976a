// Whether the gateway can answer now, and if not, what is missing and since when.

import type { Clock } from '../core/clock.js';
import { FlywheelError } from '../core/errors.js';
import type { Log } from '../core/log.js';

export interface HealthCheck {
  /** What is checked, as an operator calls it: `database`. */
  readonly name: string;
  /** Resolves when it is well; rejects, best with a FlywheelError that says what to do, when it is not. */
  check(): Promise<void>;
  /** Without it the gateway still answers, if not everything: it is told of, and does not count. */
  readonly isAdvisory?: boolean;
}

export interface CheckState {
  readonly name: string;
  readonly ok: boolean;
  /** Since when it is so, RFC 3339 in UTC. */
  readonly since: string;
  readonly reason?: string;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: readonly CheckState[];
}

export interface ReadinessDeps {
  readonly checks: readonly HealthCheck[];
  readonly clock: Clock;
  readonly log: Log;
  /** How long an answer holds, so that eager probes never become a load on what they probe. */
  readonly cacheMs?: number;
  /** A check that has not answered by then has failed. */
  readonly checkTimeoutMs?: number;
}

/** Asks every check at once, at most once per `cacheMs`, however many ask; changes are logged with their cause. */
export function createReadiness(deps: ReadinessDeps): { report(): Promise<ReadinessReport> } {
  const { checks, clock, log, cacheMs = 1_000, checkTimeoutMs = 2_000 } = deps;
  const states = new Map<string, CheckState>();
  let askedMs = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  let latest: Promise<ReadinessReport> | undefined;

  async function ask(check: HealthCheck): Promise<CheckState> {
    const { name } = check;
    const before = states.get(name);
    const fault = await faultOf(check, checkTimeoutMs);
    const since = before?.ok === (fault === undefined) ? before.since : new Date(clock.nowMs()).toISOString();
    const state: CheckState =
      fault === undefined ? { name, ok: true, since } : { name, ok: false, since, reason: fault.reason };
    if (before?.ok !== false && fault !== undefined) {
      const what = check.isAdvisory ? 'something is missing' : 'not ready';
      log.warn({ check: name, error: fault.cause }, `${what}: ${name}: ${fault.reason}`);
    }
    if (before?.ok === false && fault === undefined) log.info({ check: name }, `well again: ${name}`);
    states.set(name, state);
    return state;
  }

  async function askAll(): Promise<ReadinessReport> {
    isAsking = true;
    const answers = await Promise.all(checks.map(ask));
    isAsking = false;
    const ready = answers.every(({ ok }, place) => ok || checks[place]?.isAdvisory === true);
    return { ready, checks: answers };
  }

  return {
    report() {
      const nowMs = clock.nowMs();
      if (latest === undefined || (!isAsking && nowMs - askedMs >= cacheMs)) {
        askedMs = nowMs;
        latest = askAll();
      }
      return latest;
    },
  };
}

async function faultOf(
  check: HealthCheck,
  timeoutMs: number,
): Promise<{ reason: string; cause: unknown } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new FlywheelError('TIMEOUT', `No answer within ${timeoutMs} milliseconds.`)),
      timeoutMs,
    );
  });
  try {
    await Promise.race([check.check(), late]);
    return undefined;
  } catch (cause) {
    // Only sentences of ours are shown; what lies beneath goes to the log.
    const reason = cause instanceof FlywheelError ? cause.message : 'The check failed; the log says why.';
    return { reason, cause };
  } finally {
    clearTimeout(timer);
  }
}
