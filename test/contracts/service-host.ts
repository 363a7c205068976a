// The contract of how services are hosted: what callers get, whatever becomes of the service.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from '../../src/core/pause.js';
import {
  type CallOutcome,
  createServiceClient,
  type ServiceClientDeps,
} from '../../src/services/host/client.js';
import type { ModelRegistry } from '../../src/services/host/registry-contract.js';
import type { Carry } from '../../src/services/host/service-contract.js';
import {
  type MultiplierService,
  multiplierBaselines,
  multiplierMethods,
  multiplierModel,
} from '../services/host/multiplier.js';
import { contractTimeoutMs, eventually } from './log-server.js';

/** The multiplier, wherever it runs. */
export interface ServicePlace {
  readonly carry: Carry;
  /** The registry that it loads its models from. */
  readonly registry: ModelRegistry;
  takeDown(): Promise<void>;
  bringBack(): Promise<void>;
  close(): Promise<void>;
}

interface Caller {
  readonly service: MultiplierService;
  /** How its calls ended, in order. */
  readonly outcomes: CallOutcome[];
}

export function describeServiceHost(name: string, open: () => Promise<ServicePlace>): void {
  describe(`services: ${name}`, { timeout: contractTimeoutMs }, () => {
    let opened: ServicePlace | undefined;

    function place(): ServicePlace {
      if (opened === undefined) throw new Error('The place of the suite did not open.');
      return opened;
    }

    /** A client of its own, with more time than a busy machine needs. */
    function newCaller(deps: Partial<ServiceClientDeps<typeof multiplierMethods>> = {}): Caller {
      const outcomes: CallOutcome[] = [];
      const service = createServiceClient({
        service: 'learning',
        methods: multiplierMethods,
        carry: place().carry,
        baselines: multiplierBaselines,
        deadlineMs: 30_000,
        breaker: { failuresMax: 3, openMs: 50, openMsMax: 200 },
        onCall: ({ outcome }) => outcomes.push(outcome),
        ...deps,
      });
      return { service, outcomes };
    }

    async function untilServedBy(model: string | null): Promise<void> {
      const { service } = newCaller();
      await eventually(async () =>
        expect(await service.multiply([{ number: 1 }])).toMatchObject({ model, degraded: false }),
      );
    }

    async function register(factor: number): Promise<number> {
      const { description, bytes } = multiplierModel(factor);
      const model = await place().registry.register('learning', description, bytes, {
        promoteIfBetter: false,
      });
      return model.version;
    }

    beforeAll(async () => {
      opened = await open();
      // Before there is a model, the service says what it can without one.
      await untilServedBy(null);
      await register(2);
      await untilServedBy('learning/1');
    }, 60_000);

    afterAll(async () => {
      await opened?.close();
    });

    it('answers every item of a batch at its place, and names the model', async () => {
      const { service, outcomes } = newCaller();
      const items = Array.from({ length: 300 }, (_, number) => ({ number }));
      expect(await service.multiply(items)).toEqual({
        results: items.map(({ number }) => ({ product: number * 2 })),
        model: 'learning/1',
        degraded: false,
      });
      expect(await service.multiply([])).toEqual({ results: [], model: null, degraded: false });
      expect(outcomes).toEqual(['ok']);
    });

    it('gives each of many calls at once its own answer', async () => {
      const { service } = newCaller();
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, number) => service.multiply([{ number, waitMs: (number * 7) % 20 }])),
      );
      expect(answers.map(({ results }) => results[0]?.product)).toEqual(
        answers.map((_, number) => number * 2),
      );
      expect(answers.some(({ degraded }) => degraded)).toBe(false);
    });

    it('refuses items that are wrong, by the contract or by the service', async () => {
      const { service, outcomes } = newCaller();
      await expect(service.multiply([{ number: 1 }, { number: Number.NaN }])).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringContaining('1.number'),
      });
      expect(outcomes).toEqual([]);
      await expect(service.multiply([{ number: 1, flaw: 'refusal' }])).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringContaining('The multiplier does not like this number.'),
      });
      expect(outcomes).toEqual(['refused']);
    });

    it('answers what it can when the time is over', async () => {
      const { service, outcomes } = newCaller();
      const late = { number: 4, waitMs: 20_000 };
      expect(await service.multiply([late], { deadlineMs: 50 })).toEqual({
        results: [{ product: -1 }],
        model: null,
        degraded: true,
      });
      expect(outcomes).toEqual(['timeout']);
      await service.multiply([{ number: 4 }]);
      expect(outcomes).toEqual(['timeout', 'ok']);
    });

    it('tells the service when a call is given up', async () => {
      const { service, outcomes } = newCaller();
      const countGivenUp = async () => (await service.givenUp([{}])).results[0]?.count ?? 0;
      const before = await countGivenUp();
      const leaving = new AbortController();
      const given = service.multiply([{ number: 4, waitMs: 20_000 }], { signal: leaving.signal });
      // Once a later call has been answered, that one has arrived.
      await service.multiply([{ number: 1, waitMs: 50 }]);
      leaving.abort();
      expect(await given).toMatchObject({ degraded: true });
      expect(outcomes).toEqual(['ok', 'ok', 'cancelled']);
      await eventually(async () => expect(await countGivenUp()).toBe(before + 1));
      const atOnce = await service.multiply([{ number: 4 }], { signal: leaving.signal });
      expect(atOnce.degraded).toBe(true);
    });

    it.each(['shape', 'count', 'bug'] as const)(
      'takes an answer with the flaw "%s" for none',
      async (flaw) => {
        const { service, outcomes } = newCaller();
        expect(await service.multiply([{ number: 1 }, { number: 2, flaw }])).toEqual({
          results: [{ product: -1 }, { product: -1 }],
          model: null,
          degraded: true,
        });
        expect(['wrong', 'unavailable']).toContain(outcomes[0]);
        expect(await service.multiply([{ number: 2 }])).toMatchObject({ degraded: false });
      },
    );

    it('gives last good answers, then the baseline, while the service is away, and heals', async () => {
      const { service, outcomes } = newCaller();
      await service.multiply([{ number: 5 }, { number: 6 }]);
      await place().takeDown();
      try {
        expect(await service.multiply([{ number: 6 }, { number: 5 }])).toEqual({
          results: [{ product: 12 }, { product: 10 }],
          model: 'learning/1',
          degraded: true,
        });
        expect(await service.multiply([{ number: 7 }, { number: 5 }])).toEqual({
          results: [{ product: -1 }, { product: 10 }],
          model: null,
          models: [null, 'learning/1'],
          degraded: true,
        });
        await service.multiply([{ number: 5 }]);
        expect(outcomes).toEqual(['ok', 'unavailable', 'unavailable', 'unavailable']);
        // Three failures in a row: from now on it is left alone, but for one trial now and then.
        await service.multiply([{ number: 5 }]);
        expect(outcomes.at(-1)).toBe('open');
        await eventually(async () => {
          await service.multiply([{ number: 5 }]);
          expect(outcomes.filter((outcome) => outcome === 'unavailable').length).toBeGreaterThan(3);
        });
      } finally {
        await place().bringBack();
      }
      await eventually(async () =>
        expect(await service.multiply([{ number: 7 }])).toEqual({
          results: [{ product: 14 }],
          model: 'learning/1',
          degraded: false,
        }),
      );
    });

    it('loses no call when it goes away and comes back under load', async () => {
      const { service, outcomes } = newCaller();
      const calls: Promise<number>[] = [];
      const call = async (number: number): Promise<number> => {
        const { results, degraded } = await service.multiply([{ number, waitMs: 30 }]);
        const [first] = results;
        expect(first?.product).toBe(degraded ? -1 : number * 2);
        return first === undefined ? Number.NaN : 1;
      };
      const callOn = async (until: () => boolean) => {
        do {
          calls.push(call(calls.length));
          await pause(5);
        } while (!until());
      };
      await callOn(() => calls.length >= 20);
      await Promise.all([place().takeDown(), callOn(() => calls.length >= 60)]);
      await Promise.all([place().bringBack(), callOn(() => calls.length >= 100)]);
      await untilServedBy('learning/1');
      await callOn(() => outcomes.at(-1) === 'ok');
      expect(await Promise.all(calls)).toEqual(calls.map(() => 1));
      expect(outcomes).toContain('unavailable');
    });

    it('lives on when its thread dies under a call', async () => {
      const { service } = newCaller();
      const [crashed, beside] = await Promise.all([
        service.multiply([{ number: 1, flaw: 'crash' }]),
        service.multiply([{ number: 2, waitMs: 20_000 }]),
      ]);
      expect([crashed.degraded, beside.degraded]).toEqual([true, true]);
      await untilServedBy('learning/1');
    });

    it('finishes calls on the model that they began with, and goes back to the same answers', async () => {
      const { service, outcomes } = newCaller();
      const items = [{ number: 0.1 }, { number: 3 }];
      const before = await service.multiply(items);
      const slow = service.multiply([{ number: 10, waitMs: 2_000 }]);
      const version = await register(7);
      await place().registry.promote('learning', version);
      // Every answer meanwhile is of one of the two models, whole.
      const products: Record<string, number> = { 'learning/1': 2, [`learning/${version}`]: 7 };
      await eventually(async () => {
        const { model, results } = await service.multiply([{ number: 1 }, { number: 2 }]);
        const factor = products[model ?? ''] ?? 0;
        expect(results).toEqual([{ product: factor }, { product: factor * 2 }]);
        expect(model).toBe(`learning/${version}`);
      });
      expect(await slow).toEqual({ results: [{ product: 20 }], model: 'learning/1', degraded: false });
      await place().registry.rollback('learning');
      await untilServedBy('learning/1');
      expect(JSON.stringify(await service.multiply(items))).toBe(JSON.stringify(before));
      expect(new Set(outcomes)).toEqual(new Set(['ok']));
    });
  });
}
