// Models and which of them serves: every version stays listed with what it was made from and how good it is.

import type { RunningTraining } from '../../warehouse/trainings.js';

/** In the order in which they are trained: what takes seconds goes before what takes minutes. */
export const serviceNames = ['segmentation', 'recommendation', 'forecasting', 'learning'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A champion serves; a challenger waits for its promotion; a retired one served before or was passed over. */
export type ModelStatus = 'champion' | 'challenger' | 'retired';

/** What answers: the champion, and a challenger that is on trial where a call asks for it. */
export type ModelRole = 'champion' | 'challenger';

/** `challenged`: its trial began; `withdrawn`: it serves no more; `restored`: a rollback led back to it. */
export const modelStepNames = ['challenged', 'promoted', 'withdrawn', 'restored'] as const;
export type ModelStepName = (typeof modelStepNames)[number];

/** What was done with a model on its way to serve. */
export interface ModelStep {
  readonly step: ModelStepName;
  readonly at: Date;
  /** Why, as a sentence. */
  readonly reason: string;
  /** What it was decided by; null where nothing was measured for it. */
  readonly figures: Readonly<Record<string, number>> | null;
}

/** Two versions of a service that serve at the same time, to be compared. */
export interface Trial {
  readonly champion: number;
  readonly challenger: number;
  /** By the clock of the event log. */
  readonly since: Date;
}

/** How a trial ends. */
export interface TrialEnd {
  /** Whether the challenger becomes the champion. */
  readonly promotes: boolean;
  readonly reason: string;
  readonly figures: Readonly<Record<string, number>>;
}

export interface ModelDescription {
  /** What it was trained on: rows by table or kind, and the period of the facts. */
  readonly rows: Readonly<Record<string, number>>;
  readonly dataFrom: Date | null;
  readonly dataTo: Date | null;
  /** How far the log was read when it was trained, by topic and partition; null where no stream counts. */
  readonly position: Readonly<Record<string, string>> | null;
  readonly seed: number;
  /** Whatever was chosen: methods, weights, sizes. JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Measured on a part that was held back, by the names of the measures; the first one decides, and `better` says how. */
  readonly quality: Readonly<Record<string, number>>;
  readonly decidedBy: { readonly measure: string; readonly better: 'larger' | 'smaller' };
}

export interface Model extends ModelDescription {
  readonly service: ServiceName;
  /** Counts the models of a service, from 1. */
  readonly version: number;
  readonly status: ModelStatus;
  /** Null where it does not serve. */
  readonly role: ModelRole | null;
  /** The first first. */
  readonly steps: readonly ModelStep[];
  readonly trainedAt: Date;
  readonly promotedAt: Date | null;
  readonly sizeBytes: number;
  /** Whether it is still there to serve; of old ones that did not serve lately only the rest of this is kept. */
  readonly isKept: boolean;
}

export interface ModelRegistry {
  /** Newest first; all, or so many at most. */
  models(service?: ServiceName, first?: number): Promise<readonly Model[]>;
  champion(service: ServiceName): Promise<Model | undefined>;
  /** What is on trial beside the champion. */
  challenger(service: ServiceName): Promise<Model | undefined>;
  /** The bytes of a model, as they were registered. NOT_FOUND without it; CONFLICT once they are dropped. */
  bytes(service: ServiceName, version: number): Promise<Buffer>;
  /**
   * Keeps a new model as the challenger. It becomes champion at once where there is none, and, with `promoteIfBetter`,
   * where it is no worse than the champion by the champion's measure on the same held-back part: `championQuality` is
   * what `championVersion` reached there. Once another is the champion, that comparison says nothing any more. A champion
   * of that version that cannot be read is beaten by anything. With `asChallenger`, what would take the place of a champion
   * that can be read is put on trial beside it instead, unless nobody was shown a proposal in the last 14 days of the log:
   * then nothing could be measured. `running` ends as registered together with it: CONFLICT,
   * and no model, when that training is somebody else's by now. Of models that never served the newest 5 are kept, of
   * earlier champions the last 10; the bytes of older ones are dropped.
   */
  register(
    service: ServiceName,
    description: ModelDescription,
    bytes: Buffer,
    options: {
      readonly promoteIfBetter: boolean;
      readonly asChallenger?: boolean;
      readonly championQuality?: number;
      readonly championVersion?: number;
      readonly championIsUnreadable?: boolean;
      readonly running?: RunningTraining;
    },
  ): Promise<Model>;
  /** Makes it the champion in one step, which ends a trial. NOT_FOUND without it; CONFLICT when it was dropped. */
  promote(service: ServiceName, version: number): Promise<Model>;
  /** Makes the champion before this one the champion again. CONFLICT when there was none, or it was dropped. */
  rollback(service: ServiceName): Promise<Model>;
  trial(service: ServiceName): Promise<Trial | undefined>;
  /** Ends a trial in one step; whether it was still the trial of the service, and without that nothing happens. */
  endTrial(
    service: ServiceName,
    trial: Pick<Trial, 'champion' | 'challenger'>,
    end: TrialEnd,
  ): Promise<boolean>;
  /** Calls `listener` when the champion or the challenger of a service changes, here or in another process, until the result is called. */
  watch(listener: (service: ServiceName) => void): () => void;
}
