import { describe, expect, it } from 'vitest';
import { createCircuitBreaker } from '../../../src/services/host/circuit-breaker.js';

function createBreaker() {
  let nowMs = 1_000;
  const breaker = createCircuitBreaker(
    { nowMs: () => nowMs },
    { failuresMax: 3, openMs: 100, openMsMax: 300 },
  );
  return {
    breaker,
    pass(durationMs: number) {
      nowMs += durationMs;
    },
    /** Makes a call that ends so; false when it was not let in. */
    call(end: 'succeeded' | 'failed' | 'undecided'): boolean {
      const admission = breaker.admit();
      admission?.[end]();
      return admission !== undefined;
    },
  };
}

describe('the circuit breaker', () => {
  it('opens after so many failures in a row, and not before', () => {
    const { breaker, call } = createBreaker();
    for (const end of ['failed', 'failed', 'succeeded', 'failed', 'undecided', 'failed'] as const) call(end);
    expect(breaker.state()).toBe('closed');
    call('failed');
    expect(breaker.state()).toBe('open');
    expect(call('succeeded')).toBe(false);
  });

  it('lets one call in after the pause, and closes when that succeeds', () => {
    const { breaker, call, pass } = createBreaker();
    for (let failure = 0; failure < 3; failure += 1) call('failed');
    pass(99);
    expect(call('succeeded')).toBe(false);
    pass(1);
    const trial = breaker.admit();
    expect(breaker.state()).toBe('half-open');
    expect(call('succeeded')).toBe(false);
    trial?.succeeded();
    expect(breaker.state()).toBe('closed');
    // It counts from none again.
    call('failed');
    expect(breaker.state()).toBe('closed');
  });

  it('waits twice as long after each trial that failed, up to the most, and less again once it was well', () => {
    const { call, pass } = createBreaker();
    const fail = () => [call('failed'), call('failed'), call('failed')];
    fail();
    for (const pauseMs of [100, 200, 300, 300]) {
      pass(pauseMs - 1);
      expect(call('failed')).toBe(false);
      pass(1);
      expect(call('failed')).toBe(true);
    }
    pass(300);
    expect(call('succeeded')).toBe(true);
    fail();
    pass(100);
    expect(call('failed')).toBe(true);
  });

  it('makes the next call the trial when one decides nothing', () => {
    const { breaker, call, pass } = createBreaker();
    for (let failure = 0; failure < 3; failure += 1) call('failed');
    pass(100);
    expect(call('undecided')).toBe(true);
    expect(breaker.state()).toBe('open');
    expect(call('succeeded')).toBe(true);
    expect(breaker.state()).toBe('closed');
  });

  it('learns nothing from calls that began before it opened', () => {
    const { breaker, call, pass } = createBreaker();
    const early = [breaker.admit(), breaker.admit(), breaker.admit()];
    for (let failure = 0; failure < 3; failure += 1) call('failed');
    early[0]?.succeeded();
    early[1]?.failed();
    expect(breaker.state()).toBe('open');
    pass(100);
    const trial = breaker.admit();
    early[2]?.succeeded();
    expect(breaker.state()).toBe('half-open');
    trial?.failed();
    expect(breaker.state()).toBe('open');
  });
});
