// What is known of customers and products whom a caller names, for the examples that would be made of them.

import type { Database } from '../../warehouse/database.js';
import { type CodeMoment, readKnownOfCodes } from '../../warehouse/service-reads/known-of-codes.js';
import type { Meeting } from './example.js';
import type { Known } from './knowledge.js';

/**
 * What was known before each of the meetings, in one read for all; each customer and each product is read once for a
 * moment. It is what the pipeline stores with an event of that moment, where that remembers neither of the two from the
 * hour before.
 */
export async function readKnownOfMeetings(
  database: Database,
  meetings: readonly Meeting[],
  signal: AbortSignal,
): Promise<(meeting: Meeting) => Known> {
  const products = createPlaces(({ product, atMs }) => ({ code: product, beforeMs: atMs }));
  const customers = createPlaces(({ customer, atMs }) => ({ code: customer, beforeMs: atMs }));
  for (const meeting of meetings) {
    products.add(meeting);
    customers.add(meeting);
  }
  if (meetings.length === 0) return () => ({ product: undefined, customer: undefined });
  const known = await readKnownOfCodes(database, products.moments, customers.moments, signal);
  return (meeting) => ({
    product: known.products.get(products.placeOf(meeting)),
    customer: known.customers.get(customers.placeOf(meeting)),
  });
}

/** Gives every moment of a code a place of its own, from 1 on. */
function createPlaces(momentOf: (meeting: Meeting) => CodeMoment) {
  const moments: CodeMoment[] = [];
  const places = new Map<string, number>();
  const keyOf = ({ code, beforeMs }: CodeMoment) => `${beforeMs} ${code}`;
  return {
    moments,
    add(meeting: Meeting): void {
      const moment = momentOf(meeting);
      const key = keyOf(moment);
      if (!places.has(key)) places.set(key, moments.push(moment));
    },
    placeOf: (meeting: Meeting) => places.get(keyOf(momentOf(meeting))) ?? 0,
  };
}
