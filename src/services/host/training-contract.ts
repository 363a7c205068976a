// How trainings are asked for, watched and cancelled.

import type { Model, ServiceName } from './registry-contract.js';

export interface TrainingProgress {
  readonly service: ServiceName;
  /** `registered`: the model is there; `cancelled` and `failed`: there is none. */
  readonly state: 'running' | 'registered' | 'cancelled' | 'failed';
  /** From 0 to 1. */
  readonly share: number;
  /** What is being done, or why it failed. */
  readonly step: string | null;
  /** The version of the model, once it is registered. */
  readonly version: number | null;
}

export interface TrainRequest {
  /** What every random draw comes from (1). */
  readonly seed?: number;
  /** Cancels the training. */
  readonly signal?: AbortSignal;
  /** Whether the model becomes the champion when it is no worse than it (true). */
  readonly promoteIfBetter?: boolean;
}

export interface Training {
  /**
   * Trains and registers a model. Rejects with CONFLICT while another training of the service runs, here or in another
   * process, with CANCELLED, with BAD_INPUT where nothing can be trained, and with what else the training failed of.
   */
  train(service: ServiceName, request?: TrainRequest): Promise<Model>;
  /** Calls `listener` with the progress of every training, in whichever process, until the result is called. */
  watch(listener: (progress: TrainingProgress) => void): () => void;
  /** Cancels whatever runs and waits for its end. */
  close(): Promise<void>;
}
