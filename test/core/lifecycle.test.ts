import { describe, expect, it } from 'vitest';
import { createLifecycle, type Lifecycle, type Part, unlessStopped } from '../../src/core/lifecycle.js';

function setUp(): {
  lifecycle: Lifecycle;
  events: string[];
  faults: [string, unknown][];
  part: (name: string) => Part<string>;
} {
  const events: string[] = [];
  const faults: [string, unknown][] = [];
  return {
    lifecycle: createLifecycle({ onStopFault: (name, error) => faults.push([name, error]) }),
    events,
    faults,
    part: (name) => ({
      name,
      start: () => {
        events.push(`start ${name}`);
        return name.toUpperCase();
      },
      stop: (value) => {
        events.push(`stop ${value}`);
      },
    }),
  };
}

describe('lifecycle', () => {
  it('hands back what a part is, and stops in reverse order, once', async () => {
    const { lifecycle, events, part } = setUp();
    expect(await lifecycle.start(part('a'))).toBe('A');
    await lifecycle.start(part('b'));
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();
    expect(events).toEqual(['start a', 'start b', 'stop B', 'stop A']);
  });

  it('stops what was started before a part that fails', async () => {
    const { lifecycle, events, part } = setUp();
    await lifecycle.start(part('a'));
    const failing = lifecycle.start({ name: 'b', start: () => Promise.reject(new Error('no')) });
    await expect(failing).rejects.toThrow('no');
    await lifecycle.stop();
    expect(events).toEqual(['start a', 'stop A']);
  });

  it('goes on when a part fails to stop or takes too long, and tells of both', async () => {
    const { lifecycle, events, faults, part } = setUp();
    await lifecycle.start(part('a'));
    await lifecycle.start({
      name: 'stuck',
      start: () => 0,
      stop: () => new Promise(() => {}),
      stopTimeoutMs: 5,
    });
    await lifecycle.start({ name: 'broken', start: () => 0, stop: () => Promise.reject(new Error('torn')) });
    await lifecycle.stop();
    expect(events).toEqual(['start a', 'stop A']);
    expect(faults).toEqual([
      ['broken', expect.objectContaining({ message: 'torn' })],
      ['stuck', expect.objectContaining({ code: 'TIMEOUT' })],
    ]);
  });

  it('interrupts a start: the part under way hears of it, is stopped, and no other follows', async () => {
    const { lifecycle, events, part } = setUp();
    const slow = lifecycle.start({
      name: 'slow',
      start: (signal) =>
        new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('SLOW'))),
      stop: (value) => {
        events.push(`stop ${value}`);
      },
    });
    const outcome = expect(slow).rejects.toMatchObject({ code: 'CANCELLED' });
    await lifecycle.stop();
    await outcome;
    await expect(lifecycle.start(part('late'))).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(events).toEqual(['stop SLOW']);
  });

  it('gives up what waits for something that does not come', async () => {
    const { lifecycle, events, part } = setUp();
    await lifecycle.start(part('beneath'));
    const waiting = lifecycle.start({
      name: 'waiting',
      start: (signal) => unlessStopped(new Promise<never>(() => {}), signal),
    });
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await lifecycle.stop();
    await outcome;
    expect(events).toEqual(['start beneath', 'stop BENEATH']);
    const { signal } = new AbortController();
    expect(await unlessStopped(Promise.resolve(1), signal)).toBe(1);
    await expect(unlessStopped(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });
});
