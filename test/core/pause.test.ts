import { describe, expect, it } from 'vitest';
import { createBell } from '../../src/core/bell.js';
import { createBackoff, pause } from '../../src/core/pause.js';

describe('pause', () => {
  it('is cut short by its signal, before and meanwhile', async () => {
    await pause(3_600_000, AbortSignal.abort());
    const ending = new AbortController();
    const paused = pause(3_600_000, ending.signal);
    ending.abort();
    await paused;
    await pause(1);
  });

  it('grows up to its most, and begins again', async () => {
    const backoff = createBackoff(1, 2);
    for (let nth = 0; nth < 5; nth += 1) await backoff.wait();
    backoff.reset();
    await backoff.wait(AbortSignal.abort());
  });
});

describe('bell', () => {
  it('wakes its sleeper, and lets him pass at once when it rang before', async () => {
    const bell = createBell();
    const slept = bell.wait();
    bell.ring();
    bell.ring();
    await slept;
    bell.ring();
    await bell.wait();
    const order: string[] = [];
    const again = bell.wait().then(() => order.push('woken'));
    await pause(1);
    order.push('rung');
    bell.ring();
    await again;
    expect(order).toEqual(['rung', 'woken']);
  });

  it('waits no longer than asked for', async () => {
    await createBell().wait(1);
  });
});
