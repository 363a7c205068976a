// What the producers of the torture send, from a seed, and what must be in the warehouse in the end.

import { createRandom } from '../../src/core/random.js';
import type { NewRecord } from '../../src/stream/event-log.js';

export const behaviourTopic = 'user-behavior';
export const measurementTopic = 'data_stream';

export interface Sent {
  readonly topic: string;
  readonly record: NewRecord;
}

/** Sums are of whole thousandths, so that nothing is lost in them. */
export interface Expected {
  /** The type of each behaviour by its id. */
  readonly behaviours: Map<string, string>;
  readonly measurements: Set<string>;
  behaviourValue: bigint;
  measurementValue: bigint;
  saleLines: number;
  saleAmount: bigint;
  /** What cannot be read, each once; as Latin-1 text, byte by byte. */
  readonly garbage: Set<string>;
}

export interface Plan {
  /** One priced purchase of each product: from then on its price is known. */
  readonly opening: readonly Sent[];
  /** The next records; their number is about what is asked for, since repeats and garbage come on top. */
  next(count: number): readonly Sent[];
  readonly expected: Expected;
}

const products = 40;
const customers = 200;
const types = ['view', 'click', 'add_to_cart', 'rating'];
/** Of a thousand events. */
const shares = {
  measurement: 150,
  purchase: 100,
  bare: 50,
  back: 20,
  example: 50,
  repeat: 40,
  garbage: 10,
  outOfTime: 20,
};

const priceOf = (product: number) => 1_000 + product * 250;
const decimal = (thousandths: number) => (thousandths / 1_000).toFixed(3);

/** The same seed gives the same plan, whatever happens to the pipelines. */
export function createPlan(seed: number): Plan {
  const random = createRandom(seed).stream('torture');
  const expected: Expected = {
    behaviours: new Map(),
    measurements: new Set(),
    behaviourValue: 0n,
    measurementValue: 0n,
    saleLines: 0,
    saleAmount: 0n,
    garbage: new Set(),
  };
  const beginMs = Date.UTC(2024, 8, 9, 12);
  const recent: Sent[] = [];
  let made = 0;

  /** Twenty a second, a little out of order, some of them far. */
  function moment(): number {
    const far = random.integer(1_000) < shares.outOfTime ? random.integer(600_000) : 0;
    return beginMs + 600_000 + made * 50 - random.integer(1_500) - far;
  }

  function behaviour(type: string, more: object): Sent {
    const customer = random.integer(customers);
    const id = `e${made}`;
    expected.behaviours.set(id, type);
    const event = {
      id,
      event: type,
      user_id: customer,
      timestamp: new Date(moment()).toISOString(),
      ...more,
    };
    // Not all producers give keys.
    const key = random.integer(4) === 0 ? null : String(customer);
    return { topic: behaviourTopic, record: { key, value: JSON.stringify(event) } };
  }

  function sale(type: 'purchase' | 'return', hasPrice: boolean): Sent {
    const product = random.integer(products);
    const quantity = 1 + random.integer(5);
    expected.saleLines += 1;
    expected.saleAmount += BigInt((type === 'return' ? -1 : 1) * quantity * priceOf(product));
    return behaviour(type, {
      item_id: `p${product}`,
      quantity,
      ...(hasPrice ? { price: decimal(priceOf(product)) } : {}),
      // Some orders are named by several events, which may come by several partitions.
      ...(random.integer(3) === 0 ? { order_id: `o${random.integer(500)}` } : {}),
    });
  }

  function measurement(): Sent {
    const value = random.integer(2_000_000) - 1_000_000;
    const id = `m${made}`;
    expected.measurements.add(id);
    expected.measurementValue += BigInt(value);
    const event = {
      id,
      event_time: moment() / 1_000,
      value: decimal(value),
      device: `d${random.integer(20)}`,
    };
    return { topic: measurementTopic, record: { key: null, value: JSON.stringify(event) } };
  }

  function garbage(): Sent {
    const bytes = Buffer.concat([
      Buffer.from(`garbage ${made} `),
      Buffer.from(Array.from({ length: 1 + random.integer(30) }, () => random.integer(256))),
    ]);
    expected.garbage.add(bytes.toString('latin1'));
    return {
      topic: random.integer(2) === 0 ? behaviourTopic : measurementTopic,
      record: { key: null, value: bytes },
    };
  }

  /** For the learner of a line; the value is never quite what it was. */
  function example(): Sent {
    const [x1, x2] = [random.integer(100) / 100, random.integer(100) / 100];
    const value = random.integer(10_000);
    expected.behaviourValue += BigInt(value);
    return behaviour('example', { model: 'line', features: [x1, x2], value: decimal(value) });
  }

  function plainBehaviour(): Sent {
    const value = random.integer(10_000);
    expected.behaviourValue += BigInt(value);
    const type = types[random.integer(types.length)] ?? 'view';
    return behaviour(type, { item_id: `p${random.integer(products)}`, value: decimal(value) });
  }

  function fresh(): Sent {
    made += 1;
    let draw = random.integer(1_000);
    const isNext = (share: number) => {
      draw -= share;
      return draw < 0;
    };
    if (isNext(shares.measurement)) return measurement();
    if (isNext(shares.purchase)) return sale('purchase', true);
    if (isNext(shares.bare)) return sale('purchase', false);
    if (isNext(shares.back)) return sale('return', true);
    if (isNext(shares.example)) return example();
    return plainBehaviour();
  }

  /** The same event once more, by way of whatever partition. */
  function repeat(): Sent {
    const { topic, record } = recent[random.integer(Math.max(1, recent.length))] ?? fresh();
    return { topic, record: { ...record, key: `again ${random.integer(100)}` } };
  }

  const opening = Array.from({ length: products }, (_, product) => {
    made += 1;
    expected.saleLines += 1;
    expected.saleAmount += BigInt(priceOf(product));
    return behaviour('purchase', { item_id: `p${product}`, price: decimal(priceOf(product)) });
  });

  return {
    opening,
    expected,
    next(count) {
      const sent: Sent[] = [];
      for (let index = 0; index < count; index += 1) {
        const one = fresh();
        sent.push(one);
        recent.push(one);
        const draw = random.integer(1_000);
        if (draw < shares.repeat) sent.push(repeat());
        else if (draw < shares.repeat + shares.garbage) {
          made += 1;
          sent.push(garbage());
        }
      }
      recent.splice(0, Math.max(0, recent.length - 5_000));
      return sent;
    },
  };
}
