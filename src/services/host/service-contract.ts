// How every service is called, wherever it runs: methods that take a batch and answer in its order.

import type { z } from 'zod';

/** One method of a service: what an item of its batch is, and what is answered for it. JSON in both directions. */
export interface Method<Item, Result> {
  readonly item: z.ZodType<Item>;
  readonly result: z.ZodType<Result>;
  /** It may refuse items that its schema takes, with BAD_INPUT. Of any other method such a refusal is a wrong answer. */
  readonly refuses?: boolean;
}

/** The most items of one call. */
export const itemsMax = 10_000;

/** The methods of a service by their names, which are also their paths: `POST /v1/NAME`. */
export type Methods = Readonly<Record<string, Method<unknown, unknown>>>;

export type ItemOf<M> = M extends Method<infer Item, unknown> ? Item : never;
export type ResultOf<M> = M extends Method<unknown, infer Result> ? Result : never;

export interface CallOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal;
  /** How long the answer may take (300 ms unless the service says otherwise). */
  readonly deadlineMs?: number;
  /** Since when that time runs, by `performance.now()`, such as when what is asked again was first asked (now). */
  readonly sinceMs?: number;
}

export interface Answer<Result> {
  /**
   * One for each item, in their order; null where nothing is known of an item. Answers that say the same share their
   * results: nobody may change them.
   */
  readonly results: readonly (Result | null)[];
  /** The model that answered, as `SERVICE/VERSION`; null where the answer is a baseline without a model. */
  readonly model: string | null;
  /** That of each result, in their order, where the answer is put together from those of several. */
  readonly models?: readonly (string | null)[];
  /** Whether the service was away, late or wrong, and this is its last good answer or the stated baseline. */
  readonly degraded: boolean;
}

/**
 * A service as its callers see it. A call is rejected only for items that are wrong, with BAD_INPUT, or too much at once,
 * with LIMIT_EXCEEDED; whatever else fails, degrades.
 */
export type Service<M extends Methods> = {
  readonly [Name in keyof M]: (
    items: readonly ItemOf<M[Name]>[],
    options?: CallOptions,
  ) => Promise<Answer<ResultOf<M[Name]>>>;
};

/** What a service answers to a call, on the wire and from its thread. */
export interface Reply {
  readonly model: string | null;
  /** That of each result, in their order, where several answered. */
  readonly models?: readonly (string | null)[];
  readonly results: readonly unknown[];
}

/** A reply whose results are texts of JSON. */
export interface Written extends Pick<Reply, 'model' | 'models'> {
  readonly texts: readonly string[];
}

/**
 * A reply as it comes from a thread: each result as its JSON. Texts pass between threads for a fraction of what objects cost,
 * and one that is known already is not read again.
 */
export class WrittenReply {
  readonly model: string | null;
  readonly models: readonly (string | null)[] | undefined;
  readonly texts: readonly string[];

  constructor({ model, models, texts }: Written) {
    this.model = model;
    this.models = models;
    this.texts = texts;
  }
}

export interface CarryOptions {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Called where the signal is aborted before the service began with the call, if that can be known. */
  readonly onNeverBegun?: () => void;
}

/**
 * Brings a call to where the service runs. Rejects with UNAVAILABLE, TIMEOUT, CANCELLED, BAD_INPUT or LIMIT_EXCEEDED;
 * what it resolves to, which is a `WrittenReply` or is read as a `Reply`, has been checked for nothing yet.
 */
export type Carry = (method: string, items: readonly unknown[], options: CarryOptions) => Promise<unknown>;
