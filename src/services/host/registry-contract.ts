// Models and which of them serves: every version is kept with what it was made from and how good it is.

/** In the order in which they are trained: what takes seconds goes before what takes minutes. */
export const serviceNames = ['segmentation', 'recommendation', 'forecasting', 'learning'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A champion serves; a challenger waits for its promotion; a retired one served before or was passed over. */
export type ModelStatus = 'champion' | 'challenger' | 'retired';

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
  readonly trainedAt: Date;
  readonly promotedAt: Date | null;
  readonly sizeBytes: number;
}

export interface ModelRegistry {
  /** Newest first. */
  models(service?: ServiceName): Promise<readonly Model[]>;
  champion(service: ServiceName): Promise<Model | undefined>;
  /** The bytes of a model, as they were registered. NOT_FOUND without it. */
  bytes(service: ServiceName, version: number): Promise<Buffer>;
  /**
   * Keeps a new model as the challenger. It becomes champion at once where there is none, and, with `promoteIfBetter`,
   * where it is no worse than the champion by the champion's measure on the same held-back part: `championQuality` is
   * what `championVersion` reached there. Once another is the champion, that comparison says nothing any more.
   */
  register(
    service: ServiceName,
    description: ModelDescription,
    bytes: Buffer,
    options: {
      readonly promoteIfBetter: boolean;
      readonly championQuality?: number;
      readonly championVersion?: number;
    },
  ): Promise<Model>;
  /** Makes it the champion in one step. NOT_FOUND without it. */
  promote(service: ServiceName, version: number): Promise<Model>;
  /** Makes the champion before this one the champion again. CONFLICT when there was none. */
  rollback(service: ServiceName): Promise<Model>;
  /** Calls `listener` when the champion of a service changes, here or in another process, until the result is called. */
  watch(listener: (service: ServiceName) => void): () => void;
}
