// What the warehouse knows of customers now; added up anew only for those about whom something is new.

import type { Database } from '../../warehouse/database.js';
import {
  type CustomerTotals,
  type CustomerValues,
  readNewCustomerValues,
  valuesOn,
} from '../../warehouse/service-reads/customer-values.js';
import { createMarkedMemory } from '../host/marked-memory.js';

export interface KnownCustomers {
  /** The customers with these codes that there are, in one statement. */
  read(codes: readonly string[], signal?: AbortSignal): Promise<readonly CustomerValues[]>;
}

/** So many customers are remembered: about 17 MB. */
const customersMax = 50_000;

const ofDatabases = new WeakMap<Database, KnownCustomers>();

/** Those of a warehouse: what they are worth is the same for every model. */
export function knownCustomersOf(database: Database): KnownCustomers {
  const before = ofDatabases.get(database);
  if (before !== undefined) return before;
  const known = createKnownCustomers(database);
  ofDatabases.set(database, known);
  return known;
}

function createKnownCustomers(database: Database): KnownCustomers {
  const memory = createMarkedMemory<CustomerTotals>(customersMax);
  return {
    async read(codes, signal) {
      const readMs = performance.now();
      const held = memory.held(codes);
      const marks = new Map(codes.map((code) => [code, held.get(code)?.mark]));
      const { day, customers } = await readNewCustomerValues(database, marks, signal);
      let place = 0;
      return [...customers].flatMap(([code, { mark, totals = held.get(code)?.value }]) => {
        if (totals === undefined) return [];
        if (totals !== held.get(code)?.value) {
          memory.hold(code, { value: totals, mark }, { readMs, place: place++, count: customers.size });
        }
        return valuesOn(day, totals);
      });
    },
  };
}
