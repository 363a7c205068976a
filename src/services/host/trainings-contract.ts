// Trainings as they are asked for from anywhere, and as their records tell of them.

import type { ServiceName } from './registry-contract.js';

/** `waiting`: asked for, and not begun yet; `registered`: its model is there; `cancelled` and `failed`: there is none. */
export const trainingStates = ['waiting', 'running', 'registered', 'cancelled', 'failed'] as const;
export type TrainingState = (typeof trainingStates)[number];

/** Why: somebody asked; no model yet; the last one has its age; so many events since; customers act otherwise since. */
export const trainingReasons = ['asked', 'first', 'age', 'events', 'drift'] as const;
export type TrainingReason = (typeof trainingReasons)[number];

/** What factorises: this program itself, or Spark. */
export const ownEngine = 'own';
export const sparkEngine = 'spark';
export const trainingEngines = [ownEngine, sparkEngine] as const;
export type TrainingEngine = (typeof trainingEngines)[number];

export interface TrainingRecord {
  /** Counts the trainings of the warehouse, from 1. */
  readonly id: number;
  readonly service: ServiceName;
  readonly state: TrainingState;
  readonly reason: TrainingReason;
  readonly engine: TrainingEngine;
  /** What every random draw comes from. */
  readonly seed: number;
  /** From 0 to 1. */
  readonly share: number;
  /** What is being done, or why it failed. */
  readonly step: string | null;
  /** The version of the model, once it is registered. */
  readonly version: number | null;
  readonly askedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface AskOptions {
  /** (1) */
  readonly seed?: number;
  /** (own) */
  readonly engine?: TrainingEngine;
  /** Whether the model becomes the champion when it is no worse than it (true). */
  readonly promoteIfBetter?: boolean;
}

export interface Trainings {
  /**
   * Asks for a training, which a process of the pipeline role begins as soon as it can; resolves when that is durable.
   * Where one of the service waits or runs already, CONFLICT. BAD_INPUT for a service that trains nothing, or not on that
   * engine.
   */
  ask(service: ServiceName, options?: AskOptions): Promise<TrainingRecord>;
  /** Cancels the training of the service that waits or runs. NOT_FOUND without one. */
  cancel(service: ServiceName): Promise<TrainingRecord>;
  /** The newest first. */
  list(options: {
    readonly service?: ServiceName;
    readonly first: number;
  }): Promise<readonly TrainingRecord[]>;
  /** Calls `listener` with each record as it changes, in whichever process, until the result is called. */
  watch(listener: (record: TrainingRecord) => void): () => void;
}
