// What a fact teaches: the shape of an example, and the events that bear one as it is.

import { exampleType } from '../../events/catalogue.js';
import type { FeatureValues } from '../../math/online/feature-vector.js';
import type { EventFact, SaleFact } from '../../warehouse/stream/facts.js';

/** What may teach a learner: an event, or a line that was sold. */
export type Fact =
  | { readonly table: 'fact_event'; readonly fact: EventFact }
  | { readonly table: 'fact_sales'; readonly fact: SaleFact };

/** When it happened, in milliseconds since 1970. */
export function timeOf(given: Fact): number {
  return given.table === 'fact_event' ? given.fact.occurredAt : given.fact.soldAt;
}

/** A customer meets a product. */
export interface Meeting {
  /** The codes of both. */
  readonly customer: string;
  readonly product: string;
  /** When, in milliseconds since 1970. */
  readonly atMs: number;
}

/** Who met what by a fact; undefined where it does not name both. */
export function meetingOf(given: Fact): Meeting | undefined {
  const { customer, product } = given.fact;
  return customer === null || product === null ? undefined : { customer, product, atMs: timeOf(given) };
}

export interface Example {
  readonly features: FeatureValues;
  /** A number; 0 or 1 for a classification. */
  readonly outcome: number;
}

/** The attributes of an event, or none where they are not an object. */
function attributesOf({ attributes }: EventFact): Readonly<Record<string, unknown>> {
  const read: unknown = attributes === null ? null : JSON.parse(attributes);
  return typeof read === 'object' && read !== null && !Array.isArray(read) ? { ...read } : {};
}

/** The learner that an event of the type `example` names; undefined for any other fact. */
export function learnerNamed(given: Fact): string | undefined {
  if (given.table !== 'fact_event' || given.fact.type !== exampleType) return undefined;
  const { model } = attributesOf(given.fact);
  return typeof model === 'string' ? model : undefined;
}

/**
 * The example that such an event bears: `features` holds the numbers, in the order of the learner's features or by their
 * names, and `value` is the outcome. A string says why it is none.
 */
export function statedExample(fact: EventFact, names: readonly string[]): Example | string {
  const { features } = attributesOf(fact);
  const outcome = fact.value === null ? Number.NaN : Number(fact.value);
  if (!Number.isFinite(outcome)) return 'it has no value, which is the outcome.';
  if (Array.isArray(features)) {
    if (features.length !== names.length)
      return `it has ${features.length} features where ${names.join(', ')} are expected.`;
    return withFeatures(Object.fromEntries(names.map((name, at) => [name, features[at]])), outcome);
  }
  if (typeof features !== 'object' || features === null) return 'it has no features.';
  return withFeatures({ ...features }, outcome);
}

function withFeatures(features: Readonly<Record<string, unknown>>, outcome: number): Example | string {
  const values: Record<string, number | string | boolean | null> = {};
  for (const [name, value] of Object.entries(features)) {
    const fits = typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
    if (!fits && value !== null) return `its feature ${name} is neither a number, a text nor a truth value.`;
    values[name] = fits ? value : null;
  }
  return { features: values, outcome };
}
