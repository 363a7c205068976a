// What one request asks of the model services: in one call, or in few where items are at fault.

import { describe, expect, it } from 'vitest';
import { createServiceCalls } from '../../graphql/service-calls.js';
import { FlywheelError } from '../../src/core/errors.js';
import type { Answer, CallOptions } from '../../src/services/host/service-contract.js';
import type { PredictItem, Prediction } from '../../src/services/learning/contract.js';
import { createTestModelServices } from '../support/model-services.js';
import { createTestDatabase } from '../support/postgres.js';

interface Asked {
  readonly items: readonly PredictItem[];
  readonly options: CallOptions;
}

/** A service that predicts the only feature, and refuses a batch with the learner `nobody` in it. */
async function countingCalls(answer?: (items: readonly PredictItem[]) => Answer<Prediction>) {
  const database = await createTestDatabase();
  const real = createTestModelServices(database);
  const asked: Asked[] = [];
  async function predict(items: readonly PredictItem[], options: CallOptions = {}) {
    asked.push({ items, options });
    const wrong = items.find(({ model }) => model === 'nobody');
    if (wrong !== undefined)
      throw new FlywheelError('BAD_INPUT', `There is no learner at ${wrong.features}.`);
    if (answer !== undefined) return answer(items);
    const results = items.map(({ features = [] }) => ({ prediction: features[0] ?? 0, examples: 1 }));
    return { results, model: 'learning/line@1', degraded: false };
  }
  const calls = createServiceCalls({ ...real, learning: { ...real.learning, predict } }, () => undefined);
  return { calls, asked, close: () => database.close() };
}

const item = (place: number, wrong: readonly number[]): PredictItem => ({
  model: wrong.includes(place) ? 'nobody' : 'line',
  features: [place],
});

async function predictAll(count: number, wrong: readonly number[]) {
  const { calls, asked, close } = await countingCalls();
  const settled = await Promise.allSettled(
    Array.from({ length: count }, (_, place) => calls.predict(item(place, wrong))),
  );
  await close();
  const failed = settled.flatMap(({ status }, place) => (status === 'rejected' ? [place] : []));
  const values = settled.map((one) => (one.status === 'fulfilled' ? one.value.result?.prediction : null));
  return { failed, values, settled, asked };
}

describe('a request', () => {
  it('finds the one item at fault among 500 in 19 calls, which have the time of one', async () => {
    const { failed, values, settled, asked } = await predictAll(500, [137]);
    expect(failed).toEqual([137]);
    expect(settled[137]).toMatchObject({ reason: { message: 'There is no learner at 137.' } });
    expect(values).toEqual(Array.from({ length: 500 }, (_, place) => (place === 137 ? null : place)));
    expect(asked.length).toBeLessThanOrEqual(19);
    expect(new Set(asked.map(({ options }) => options.sinceMs)).size).toBe(2);
    expect(asked[0]?.options.sinceMs).toBeUndefined();
  });

  it.each([[[0, 499]], [[3, 250, 251, 400]]])('finds those at %j', async (wrong) => {
    const { failed, asked } = await predictAll(500, wrong);
    expect(failed).toEqual(wrong);
    expect(asked.length).toBeLessThanOrEqual(64);
  });

  it('asks no more than 64 times where all are at fault', async () => {
    const all = Array.from({ length: 500 }, (_, place) => place);
    const { failed, asked } = await predictAll(500, all);
    expect(failed).toEqual(all);
    expect(asked.length).toBeLessThanOrEqual(64);
  });

  it('names the model of each where those of several are put together', async () => {
    const { calls, close } = await countingCalls((items) => ({
      results: items.map(() => null),
      model: null,
      models: items.map((_, place) => (place === 0 ? 'learning/line@1' : null)),
      degraded: true,
    }));
    const served = await Promise.all([calls.predict(item(0, [])), calls.predict(item(1, []))]);
    expect(served.map(({ model }) => model)).toEqual(['learning/line@1', null]);
    await close();
  });

  it('lets a hundred calls listen to one signal without a warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const { calls, asked, close } = await countingCalls();
    await calls.predict(item(0, []));
    const signal = asked[0]?.options.signal;
    for (let call = 0; call < 100; call += 1) signal?.addEventListener('abort', () => undefined);
    await close();
    process.off('warning', onWarning);
    expect(signal).toBeDefined();
    expect(warnings).toEqual([]);
  });
});
