// What a caller gets, and what the circuit breaker learns, from a service that fails in ways of its own.

import { describe, expect, it } from 'vitest';
import { FlywheelError } from '../../../src/core/errors.js';
import {
  type CallOutcome,
  createServiceClient,
  type ServiceClientDeps,
} from '../../../src/services/host/client.js';
import { type Carry, itemsMax } from '../../../src/services/host/service-contract.js';
import { multiplierBaselines, multiplierMethods } from './multiplier.js';

/** A client whose breaker opens at the second failure, for good. */
function callerOf(carry: Carry, deps: Partial<ServiceClientDeps<typeof multiplierMethods>> = {}) {
  const outcomes: CallOutcome[] = [];
  const service = createServiceClient({
    service: 'learning',
    methods: multiplierMethods,
    carry,
    baselines: multiplierBaselines,
    breaker: { failuresMax: 2, openMs: 1e9, openMsMax: 1e9 },
    onCall: ({ outcome }) => outcomes.push(outcome),
    ...deps,
  });
  return { service, outcomes };
}

function failing(code: 'BAD_INPUT' | 'LIMIT_EXCEEDED'): Carry {
  return () => Promise.reject(new FlywheelError(code, 'No.'));
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => ({ number }));

/** Never answers. */
const silent: Carry = () => new Promise(() => undefined);

describe('a refusal', () => {
  it('is passed on by a method that may refuse, and takes nothing from the service', async () => {
    const { service, outcomes } = callerOf(failing('BAD_INPUT'));
    for (let call = 0; call < 3; call += 1) {
      await expect(service.multiply([{ number: 1 }])).rejects.toMatchObject({ code: 'BAD_INPUT' });
    }
    expect(outcomes).toEqual(['refused', 'refused', 'refused']);
  });

  it('of items that keep the contract is a wrong answer of any other method', async () => {
    const { service, outcomes } = callerOf(failing('BAD_INPUT'));
    for (let call = 0; call < 3; call += 1) {
      expect(await service.givenUp([{}])).toEqual({ results: [null], model: null, degraded: true });
    }
    expect(outcomes).toEqual(['wrong', 'wrong', 'open']);
  });

  it('of too much at once is for whoever can ask for less, and is no failure', async () => {
    const { service, outcomes } = callerOf(failing('LIMIT_EXCEEDED'));
    for (let call = 0; call < 2; call += 1) {
      await expect(service.givenUp([{}, {}])).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
      expect(await service.multiply([{ number: 1 }])).toMatchObject({ degraded: true });
    }
    expect(outcomes).toEqual(['refused', 'wrong', 'refused', 'wrong']);
  });

  it('comes before the call where there are more items than any service takes', async () => {
    const { service, outcomes } = callerOf(silent);
    await expect(service.multiply(numbers(itemsMax + 1))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: '10001 items are too many for one call: send at most 10000 at once.',
    });
    expect(outcomes).toEqual([]);
  });
});

describe('a timeout', () => {
  const deadlineMs = 10;

  it('counts against the service', async () => {
    const { service, outcomes } = callerOf(silent, { deadlineMs });
    for (let call = 0; call < 3; call += 1) await service.multiply(numbers(100));
    expect(outcomes).toEqual(['timeout', 'timeout', 'open']);
  });

  it('of a heavy batch leaves the service to everybody else', async () => {
    const { service, outcomes } = callerOf(silent, { deadlineMs });
    for (let call = 0; call < 3; call += 1) await service.multiply(numbers(101));
    expect(outcomes).toEqual(['timeout', 'timeout', 'timeout']);
  });

  it('of a call that was never begun says nothing of the service', async () => {
    const waiting: Carry = (_, __, { signal, onNeverBegun }) =>
      new Promise(() => signal.addEventListener('abort', () => onNeverBegun?.()));
    const { service, outcomes } = callerOf(waiting, { deadlineMs });
    for (let call = 0; call < 3; call += 1) await service.multiply([{ number: 1 }]);
    expect(outcomes).toEqual(['timeout', 'timeout', 'timeout']);
  });

  it('comes without a call where the time was over before', async () => {
    let asked = 0;
    const { service } = callerOf(async () => {
      asked += 1;
      return { model: null, results: [{ product: 1 }] };
    });
    const hour = 3_600_000;
    const late = { deadlineMs: hour, sinceMs: performance.now() - 2 * hour };
    expect(await service.multiply([{ number: 1 }], late)).toMatchObject({ degraded: true });
    expect(asked).toBe(0);
    const inTime = { deadlineMs: 4 * hour, sinceMs: performance.now() - 2 * hour };
    expect(await service.multiply([{ number: 1 }], inTime)).toMatchObject({ degraded: false });
  });
});
