import { describe, expect, it } from 'vitest';
import { createEventWriter } from '../../../src/cli/simulate-rounds/shop-events.js';

const atMs = Date.UTC(2026, 0, 5);

describe('events of the shop', () => {
  it('stand in the order of time, with ids that count up through all calls of a run', () => {
    const write = createEventWriter('1-a');
    const first = write([
      { type: 'click', atMs: atMs + 1, customer: 'c', product: 'p', decision: 'd' },
      { type: 'view', atMs, customer: 'c', product: 'p', priceCents: 100 },
    ]);
    expect(first).toEqual([
      {
        type: 'view',
        id: '1-a-1',
        source: 'simulated-rounds',
        customer: 'c',
        product: 'p',
        occurredAt: '2026-01-05T00:00:00.000Z',
      },
      {
        type: 'click',
        id: '1-a-2',
        source: 'simulated-rounds',
        customer: 'c',
        product: 'p',
        occurredAt: '2026-01-05T00:00:00.001Z',
        attributes: '{"decision":"d"}',
      },
    ]);
    expect(write([{ type: 'stock', atMs, product: 'p', units: 12 }])).toMatchObject([
      { id: '1-a-3', value: '12' },
    ]);
  });

  it('say what was paid for', () => {
    const [purchase] = createEventWriter('1-a')([
      { type: 'purchase', atMs, customer: 'c', product: 'p', priceCents: 1_205 },
    ]);
    expect(purchase?.lines).toEqual([{ product: 'p', quantity: '1', unitPrice: '12.05' }]);
  });
});
