// What a service hands to its threads: how it answers on a model, and how it makes one.

import type { Database } from '../../warehouse/database.js';
import type { Model, ModelDescription, ServiceName } from './registry-contract.js';
import type { Reply } from './service-contract.js';

/** A model that has been read from the registry. */
export interface LoadedModel {
  /** As answers name it: `SERVICE/VERSION`. */
  readonly name: string;
  readonly model: Model;
  readonly bytes: Buffer;
}

/**
 * Answers calls on one model until another takes its place; calls that began on it end on it. `signal` is aborted when
 * nobody waits for the answer any more. A result that is given again is not written again, so it must not have changed.
 */
export type Handler = (
  method: string,
  items: readonly unknown[],
  options: { readonly signal: AbortSignal },
) => Promise<Reply>;

export interface WorkshopDeps {
  /** Connections of the thread's own. */
  readonly database: Database;
  /** What the service was told, as plain JSON; each reads it by a schema of its own. Without it its defaults hold. */
  readonly settings?: unknown;
}

export interface TrainOptions {
  /** Aborted when the training is cancelled; a training that does not heed it is ended a second later. */
  readonly signal: AbortSignal;
  /**
   * Takes the share that is done, from 0 to 1, and what is being done; throws when the training is cancelled, in the midst
   * of a computation too. To be called several times a second.
   */
  readonly onProgress: (share: number, step?: string) => void;
  readonly seed: number;
  /** The champion, to be measured on the same held-back part; undefined before the first. */
  readonly champion: LoadedModel | undefined;
}

export interface Trained {
  readonly description: ModelDescription;
  readonly bytes: Uint8Array;
  /**
   * What the champion reached, by its own measure, on the part that the figures of the new model are of, less what chance
   * may make of the difference: the new model is no worse where it reaches this. Left out where there was nothing to judge
   * by: then the new model waits as the challenger.
   */
  readonly championQuality?: number;
  /** Whether this release cannot read the champion, which then serves nobody: the new model takes its place. */
  readonly championIsUnreadable?: boolean;
}

export interface Workshop {
  readonly service: ServiceName;
  /**
   * Makes the handler for a model, or, while the service has none, for the time without. Called anew whenever another
   * model becomes the champion; a rejection is tried again, and the handler before serves meanwhile, in the same thread:
   * what takes long should pause now and then, or calls are late.
   */
  open(model: LoadedModel | undefined, deps: WorkshopDeps): Promise<Handler>;
  /** Missing where nothing is trained. */
  train?(deps: WorkshopDeps, options: TrainOptions): Promise<Trained>;
}
