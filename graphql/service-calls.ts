// What one request asks of the model services: whatever is asked at the same depth goes in one call for each method.

import DataLoader from 'dataloader';
import { FlywheelError } from '../src/core/errors.js';
import type {
  ForecastItem,
  ForecastingService,
  ForecastResult,
} from '../src/services/forecasting/contract.js';
import type { Answer, CallOptions } from '../src/services/host/service-contract.js';
import type {
  LearnerSummary,
  LearningService,
  PredictItem,
  Prediction,
} from '../src/services/learning/contract.js';
import type {
  RatingItem,
  RecommendationService,
  RecommendItem,
  ScoredProducts,
  SimilarItem,
} from '../src/services/recommendation/contract.js';
import type { Assignment, Segment, SegmentationService } from '../src/services/segmentation/contract.js';

/** The four services, wherever they run. */
export interface ModelServices {
  readonly recommendation: RecommendationService;
  readonly segmentation: SegmentationService;
  readonly forecasting: ForecastingService;
  readonly learning: LearningService;
}

/** What a service answered for one item. */
export interface Served<Result> {
  /** Null where nothing is known. */
  readonly result: Result | null;
  /** The model that answered, as `SERVICE/VERSION`; null for a baseline without a model. */
  readonly model: string | null;
  readonly degraded: boolean;
}

type Load<Item, Result> = (item: Item) => Promise<Served<Result>>;

/** Rejected only with BAD_INPUT, and only for the item that is at fault. */
export interface ServiceCalls {
  readonly recommend: Load<RecommendItem, ScoredProducts>;
  readonly similar: Load<SimilarItem, ScoredProducts>;
  readonly rating: Load<RatingItem, { readonly score: number }>;
  readonly assign: Load<{ customer: string }, Assignment>;
  readonly segments: Load<Record<string, never>, readonly Segment[]>;
  readonly forecast: Load<ForecastItem, ForecastResult>;
  readonly predict: Load<PredictItem, Prediction>;
  readonly learners: Load<Record<string, never>, readonly LearnerSummary[]>;
}

type Call<Item, Result> = (items: readonly Item[], options: CallOptions) => Promise<Answer<Result>>;

/** One call for all; when it is refused, each item is asked by itself, so that only the one at fault fails. */
async function callForEach<Item, Result>(
  call: Call<Item, Result>,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<(Served<Result> | Error)[]> {
  try {
    const { results, model, degraded } = await call(items, { signal });
    return items.map((_, place) => ({ result: results[place] ?? null, model, degraded }));
  } catch (error) {
    if (!(error instanceof FlywheelError)) throw error;
    if (items.length === 1) return [error];
    const alone = await Promise.all(items.map((item) => callForEach(call, [item], signal)));
    return alone.flat();
  }
}

/** Creates the calls of one request; `onAbandon` registers what gives them up. */
export function createServiceCalls(
  { recommendation, segmentation, forecasting, learning }: ModelServices,
  onAbandon: (callback: () => void) => void,
): ServiceCalls {
  let abandoned: AbortController | undefined;
  // Most requests ask no service, and should not pay for what only those need that do.
  const signalOf = () => {
    if (abandoned === undefined) {
      const controller = new AbortController();
      abandoned = controller;
      onAbandon(() => controller.abort());
    }
    return abandoned.signal;
  };
  function loads<Item, Result>(call: Call<Item, Result>): Load<Item, Result> {
    let loader: DataLoader<Item, Served<Result>, string> | undefined;
    return (item) => {
      loader ??= new DataLoader((items) => callForEach(call, items, signalOf()), {
        cacheKeyFn: (key) => JSON.stringify(key),
      });
      return loader.load(item);
    };
  }
  return {
    recommend: loads(recommendation.recommend),
    similar: loads(recommendation.similar),
    rating: loads(recommendation.rating),
    assign: loads(segmentation.assign),
    segments: loads(segmentation.segments),
    forecast: loads(forecasting.forecast),
    predict: loads(learning.predict),
    learners: loads(learning.learners),
  };
}
