// When deliveries that failed are tried again.

import { expect, it } from 'vitest';
import { createRetryPlan } from '../../../src/flywheel/webhooks/retry-plan.js';

const pausesS = (drawn: number) => {
  const plan = createRetryPlan(() => drawn);
  return Array.from({ length: plan.attemptsMax - 1 }, (_, at) => plan.pauseMs(at + 1) / 1_000);
};

it('comes later and later, up to half a day', () => {
  expect(pausesS(0.5)).toEqual([5, 20, 80, 320, 1_280, 5_120, 20_480, 43_200, 43_200]);
});

it('spreads what failed together over a fifth of the pause to either side', () => {
  const [least, most] = [pausesS(0), pausesS(1)];
  for (const [at, pause] of pausesS(0.5).entries()) {
    expect(least[at]).toBeCloseTo(0.8 * pause, 6);
    expect(most[at]).toBeCloseTo(1.2 * pause, 6);
  }
});
