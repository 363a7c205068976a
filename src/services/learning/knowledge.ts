// What was known of the customer and the product of a fact before it happened, read at most once per batch.

import type { Session } from '../../warehouse/session.js';
import {
  type KnownOfCustomer,
  type KnownOfProduct,
  type Moment,
  readKnownBefore,
} from '../../warehouse/stream/known-before.js';
import { type Fact, timeOf } from './example.js';

/** What was known; undefined for a fact that does not name both. */
export interface Known {
  readonly product: KnownOfProduct | undefined;
  readonly customer: KnownOfCustomer | undefined;
}

export interface Knowledge {
  /**
   * What was known before each of the facts, none of which happened before the first. Nothing in it happened later than
   * its fact; it may be as old as an hour by the clock of the facts, or as the batch is long.
   */
  before(session: Session, facts: readonly Fact[]): Promise<(fact: Fact) => Known>;
}

const freshMs = 3_600_000;
/** How many products, and how many customers, are kept in memory. */
const rememberedMax = 50_000;

/** Remembers what it has read, for the batches that follow. */
export function createKnowledge(): Knowledge {
  const products = createMemory<KnownOfProduct>();
  const customers = createMemory<KnownOfCustomer>();
  return {
    async before(session, facts) {
      const meetings = facts.filter(({ fact }) => fact.productId !== null && fact.customerId !== null);
      const ofProducts = products.recall(meetings, ({ fact }) => fact.productId);
      const ofCustomers = customers.recall(meetings, ({ fact }) => fact.customerId);
      if (ofProducts.missing.length + ofCustomers.missing.length > 0) {
        const read = await readKnownBefore(session, ofProducts.missing, ofCustomers.missing);
        ofProducts.add(read.products);
        ofCustomers.add(read.customers);
      }
      return ({ fact }) => ({
        product: fact.productId === null ? undefined : ofProducts.known.get(fact.productId),
        customer: fact.customerId === null ? undefined : ofCustomers.known.get(fact.customerId),
      });
    },
  };
}

interface Remembered<T> {
  readonly known: T;
  readonly beforeMs: number;
}

function createMemory<T>() {
  const remembered = new Map<number, Remembered<T>>();
  return {
    /** What is remembered of those that the facts name, and the moments before which the others must be asked for. */
    recall(facts: readonly Fact[], idOf: (fact: Fact) => number | null) {
      const known = new Map<number, T>();
      const missing = new Map<number, Moment>();
      for (const fact of facts) {
        const id = idOf(fact);
        // The first fact of each is the earliest.
        if (id === null || known.has(id) || missing.has(id)) continue;
        const atMs = timeOf(fact);
        const there = remembered.get(id);
        const ageMs = there === undefined ? -1 : atMs - there.beforeMs;
        if (there !== undefined && ageMs >= 0 && ageMs <= freshMs) known.set(id, there.known);
        else missing.set(id, { id, beforeMs: atMs });
      }
      return {
        known,
        missing: [...missing.values()],
        add(read: ReadonlyMap<number, T>): void {
          for (const [id, value] of read) {
            const beforeMs = missing.get(id)?.beforeMs;
            if (beforeMs === undefined) continue;
            known.set(id, value);
            remembered.delete(id);
            remembered.set(id, { known: value, beforeMs });
          }
          // A Map keeps the order of insertion: the first ones were read longest ago.
          for (const id of remembered.keys()) {
            if (remembered.size <= rememberedMax) break;
            remembered.delete(id);
          }
        },
      };
    },
  };
}
