// A decision as it stands in the log: what was decided, how, how likely, and how far the world was known.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parsedJson } from '../core/parsed-json.js';
import type { NewRecord } from '../stream/event-log.js';
import type { Decoded, RawRecord } from './event.js';

export const decisionKinds = ['RECOMMEND', 'CAMPAIGN', 'REORDER'] as const;
export type DecisionKind = (typeof decisionKinds)[number];

/** PostgreSQL stores no such character. */
const withoutNul = (text: string) => !text.includes('\u0000');
const text = (most: number) => z.string().max(most).refine(withoutNul, 'holds the character U+0000');
/** As long as a code of the warehouse may be; one that can be known can be decided about. */
const codeBytesMax = 1_000;
const code = text(codeBytesMax)
  .min(1)
  .refine((given) => Buffer.byteLength(given) <= codeBytesMax, `is longer than ${codeBytesMax} bytes`);
const facts = z.record(text(200), z.union([text(2_000), z.number(), z.boolean(), z.null()]));

const slot = z.object({
  /** The product that was chosen, or null where the choice is none. */
  product: code.nullable(),
  /** What was chosen where it is no product, or what is offered on the product. */
  choice: text(500).nullable(),
  /** Comparable within one decision only. */
  score: z.number(),
  /** How likely this choice was for this place, given the choices before it. */
  propensity: z.number().gt(0).max(1),
  /** What was known of it when it was chosen, as the learner of outcomes takes it. */
  features: facts.nullable(),
});

/** Chances, or what is expected, place by place, under the names of policies. */
const byPolicy = z.record(text(200), z.array(z.number().min(0).max(1)).max(200)).nullish();

/** What `details` may hold for estimates of other policies; anything else in it is for people. */
const estimated = z.object({
  others: byPolicy,
  values: byPolicy,
  predicted: z.array(z.number()).max(200).nullish(),
});

function checkDetails(details: unknown, context: z.core.$RefinementCtx<unknown>): void {
  if (details === null) return;
  if (!withoutNul(JSON.stringify(details).replaceAll('\\u0000', '\u0000')))
    context.addIssue({ code: 'custom', message: 'holds the character U+0000' });
  const parsed = estimated.safeParse(details);
  for (const { message, path } of parsed.error?.issues ?? [])
    context.addIssue({ code: 'custom', message, path: [...path] });
}

const content = z.object({
  kind: z.enum(decisionKinds),
  customer: code.nullable(),
  product: code.nullable(),
  /** What made it: asked, the name of a rule, `campaign:NAME`, or stock. */
  cause: text(500).min(1),
  policy: text(200).min(1),
  policyPropensity: z.number().gt(0).max(1),
  model: text(200).nullable(),
  experiment: text(200).nullable(),
  arm: text(200).nullable(),
  /** How many the choice was made among. */
  candidates: z.number().int().min(0).max(1_000_000),
  /** How far the event log was known, as JSON text. */
  position: text(100_000),
  details: z.record(z.string(), z.json()).nullable().superRefine(checkDetails),
  /** In milliseconds since 1970, by the clock of the event log. */
  decidedAtMs: z.number().int().min(-8.64e15).max(8.64e15),
  slots: z.array(slot).max(200),
});

const decision = content.extend({ id: z.string().min(1).max(200) });

/** All that was decided; what an id is made of. */
export type DecisionContent = Readonly<z.infer<typeof content>>;
export type Decision = Readonly<z.infer<typeof decision>>;

/** A decision as it comes in from the log. */
export interface DecisionEvent {
  readonly kind: 'decision';
  readonly decision: Decision;
  readonly source: null;
  readonly id: string;
  readonly occurredAtMs: number;
}

/**
 * The decision with its id: the first 132 bits of the SHA-256 of all that was decided, so that who decides the same again,
 * after a crash or on another replica, makes no second decision. The order of the names in `details` and `features`
 * counts. What may be decided once only must hold nothing that varies, or name in `idFrom` what makes it that one: the id
 * is made of the kind, the cause and these alone then, since chances and the place in the log are others at each attempt.
 */
export function withId(content: DecisionContent, idFrom?: readonly string[]): Decision {
  const { kind, customer, product, cause, policy, policyPropensity, model, experiment, arm } = content;
  const { candidates, position, details, decidedAtMs, slots } = content;
  if (idFrom !== undefined) return { ...content, id: idOf([kind, cause, idFrom]) };
  const id = idOf([
    [kind, customer, product, cause, policy, policyPropensity, model, experiment, arm],
    [candidates, position, details, decidedAtMs],
    slots.map((one) => [one.product, one.choice, one.score, one.propensity, one.features]),
  ]);
  return { ...content, id };
}

function idOf(named: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(named)).digest('base64url').slice(0, idLength);
}

const idLength = 22;

/** The record of a decision; those about the same customer, or else product, keep their order. */
export function recordOf(decided: Decision): NewRecord {
  return { key: decided.customer ?? decided.product, value: JSON.stringify(decided) };
}

/** Reads a record of the topic of decisions; never throws. */
export function decodeDecision({ value }: RawRecord): Decoded<DecisionEvent> {
  if (value === null) return refused('It is empty (a tombstone); a decision has a value.');
  if (value.length > bytesMax)
    return refused(`It has ${value.length} bytes; a decision has at most ${bytesMax}.`);
  const parsed = parsedOf(value);
  if (parsed === undefined) return refused('It is nested too deeply.');
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(`It is no decision: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`);
  }
  const { id, decidedAtMs } = parsed.data;
  return {
    ok: true,
    event: { kind: 'decision', decision: parsed.data, source: null, id, occurredAtMs: decidedAtMs },
  };
}

/** A decision of a hundred places with all of its figures has some ten thousand. */
const bytesMax = 1_000_000;

/** Undefined for what is nested so deeply that it cannot be read. */
function parsedOf(value: Buffer) {
  try {
    return decision.safeParse(parsedJson(value.toString()));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Why nothing can be decided about a customer or a product of this code; undefined for one that can be named. */
export function faultOfCode(given: string): string | undefined {
  return code.safeParse(given).error?.issues[0]?.message;
}

function refused(reason: string): Decoded<DecisionEvent> {
  return { ok: false, reason };
}
