// A small service of the tests' own, with a model that is one number, and with flaws that can be asked for.

import { z } from 'zod';
import { FlywheelError } from '../../../src/core/errors.js';
import { pause } from '../../../src/core/pause.js';
import type { Baselines } from '../../../src/services/host/client.js';
import type { ModelDescription } from '../../../src/services/host/registry-contract.js';
import type { Reply, Service } from '../../../src/services/host/service-contract.js';
import type { Workshop } from '../../../src/services/host/workshop-contract.js';

const flaws = ['shape', 'count', 'bug', 'refusal', 'crash', 'loop'] as const;

const multiplication = z.object({
  number: z.number(),
  /** How long the answer takes. */
  waitMs: z.number().optional(),
  flaw: z.enum(flaws).optional(),
});

export const multiplierMethods = {
  multiply: { item: multiplication, result: z.object({ product: z.number() }), refuses: true },
  /** How many calls of `multiply` were given up while they waited. */
  givenUp: { item: z.object({}), result: z.object({ count: z.number() }) },
};

export type MultiplierService = Service<typeof multiplierMethods>;

/** What nobody would take for a product. */
export const multiplierBaselines: Baselines<typeof multiplierMethods> = {
  multiply: (items) => items.map(() => ({ product: -1 })),
  givenUp: (items) => items.map(() => null),
};

const modelSchema = z.object({ factor: z.number() });

export function multiplierModel(factor: number): { description: ModelDescription; bytes: Buffer } {
  return {
    description: {
      rows: {},
      dataFrom: null,
      dataTo: null,
      position: null,
      seed: 1,
      parameters: { factor },
      quality: { factor },
      decidedBy: { measure: 'factor', better: 'larger' },
    },
    bytes: Buffer.from(JSON.stringify({ factor })),
  };
}

let givenUp = 0;

async function multiply(
  items: readonly unknown[],
  factor: number,
  model: string | null,
  signal: AbortSignal,
): Promise<Reply> {
  const read = z.array(multiplication).parse(items);
  const wanted = new Set(read.map(({ flaw }) => flaw));
  if (wanted.has('bug')) throw new Error('A bug of the multiplier.');
  if (wanted.has('refusal'))
    throw new FlywheelError('BAD_INPUT', 'The multiplier does not like this number.');
  if (wanted.has('crash')) process.exit(3);
  while (wanted.has('loop'));
  await pause(Math.max(0, ...read.map(({ waitMs = 0 }) => waitMs)), signal);
  if (signal.aborted) givenUp += 1;
  const results = read.map(({ number }) => ({ product: number * factor }));
  if (wanted.has('shape')) return { model, results: read.map(() => ({ product: 'plenty' })) };
  return { model, results: wanted.has('count') ? results.slice(1) : results };
}

export const multiplierWorkshop: Workshop = {
  service: 'learning',
  async open(model) {
    const { factor } =
      model === undefined ? { factor: 1 } : modelSchema.parse(JSON.parse(model.bytes.toString()));
    return async (method, items, { signal }) => {
      if (method === 'multiply') return multiply(items, factor, model?.name ?? null, signal);
      return { model: null, results: items.map(() => ({ count: givenUp })) };
    };
  },
  /** Its seed says what becomes of it: the factor, or, below zero, no end; at -3 it computes and reports without a pause; at -4 it fails. */
  async train({ database }, { seed, champion, signal, onProgress }) {
    const before =
      champion === undefined ? 0 : modelSchema.parse(JSON.parse(champion.bytes.toString())).factor;
    if (seed === 0) throw new FlywheelError('BAD_INPUT', 'There is nothing to train on.');
    onProgress(0.5, 'half of it');
    if (seed === -4) throw new FlywheelError('BAD_INPUT', 'What was read has a \0 in it.');
    if (seed === -1) await pause(60_000, signal);
    while (seed === -2);
    while (seed === -3) onProgress(0.5, 'half of it');
    await database.pool.query('SELECT 1');
    onProgress(1);
    return { ...multiplierModel(seed), championQuality: before };
  },
};
