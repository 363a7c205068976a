// How every service is called, wherever it runs: methods that take a batch and answer in its order.

import type { z } from 'zod';

/** One method of a service: what an item of its batch is, and what is answered for it. JSON in both directions. */
export interface Method<Item, Result> {
  readonly item: z.ZodType<Item>;
  readonly result: z.ZodType<Result>;
}

/** The methods of a service by their names, which are also their paths: `POST /v1/NAME`. */
export type Methods = Readonly<Record<string, Method<unknown, unknown>>>;

export type ItemOf<M> = M extends Method<infer Item, unknown> ? Item : never;
export type ResultOf<M> = M extends Method<unknown, infer Result> ? Result : never;

export interface CallOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal;
  /** How long the answer may take, from now on (300 ms unless the service says otherwise). */
  readonly deadlineMs?: number;
}

export interface Answer<Result> {
  /** One for each item, in their order; null where nothing is known of an item. */
  readonly results: readonly (Result | null)[];
  /** The model that answered, as `SERVICE/VERSION`; null where the answer is a baseline without a model. */
  readonly model: string | null;
  /** Whether the service was away, late or wrong, and this is its last good answer or the stated baseline. */
  readonly degraded: boolean;
}

/** A service as its callers see it. A call is rejected only for items that are wrong; whatever else fails, degrades. */
export type Service<M extends Methods> = {
  readonly [Name in keyof M]: (
    items: readonly ItemOf<M[Name]>[],
    options?: CallOptions,
  ) => Promise<Answer<ResultOf<M[Name]>>>;
};

/** What a service answers to a call, on the wire and from its thread. */
export interface Reply {
  readonly model: string | null;
  readonly results: readonly unknown[];
}

/**
 * Brings a call to where the service runs. Rejects with UNAVAILABLE, TIMEOUT, CANCELLED or BAD_INPUT; what it resolves
 * to has been checked for nothing yet.
 */
export type Carry = (
  method: string,
  items: readonly unknown[],
  options: { readonly signal: AbortSignal; readonly deadlineMs: number },
) => Promise<unknown>;
