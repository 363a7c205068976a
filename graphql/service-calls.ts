// What one request asks of the model services: whatever is asked at the same depth goes in one call for each method.

import { setMaxListeners } from 'node:events';
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

/** Rejected only with BAD_INPUT, and only for an item at fault or, where many are, beside one. */
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

/** Enough to find four items at fault among 500; where there are more, their neighbours fail with them. */
const callsMax = 64;

/** Items that are asked together, with what became of them: an error is that of the call, for all of them. */
interface Part<Item, Result> {
  readonly items: readonly Item[];
  readonly served: readonly Served<Result>[] | FlywheelError;
}

/**
 * One call for all. One that is refused is halved, again and again, so that only items at fault fail: 2 log₂ n + 1 calls
 * for one of n. All of them together have the time of one.
 */
async function callForEach<Item, Result>(
  call: Call<Item, Result>,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<(Served<Result> | Error)[]> {
  const sinceMs = performance.now();
  let callsLeft = callsMax;

  async function ask(
    asked: readonly Item[],
    since?: { readonly sinceMs: number },
  ): Promise<Part<Item, Result>> {
    callsLeft -= 1;
    try {
      const { results, model, models, degraded } = await call(asked, { signal, ...since });
      const served = asked.map((_, place) => ({
        result: results[place] ?? null,
        model: models?.[place] ?? model,
        degraded,
      }));
      return { items: asked, served };
    } catch (error) {
      if (error instanceof FlywheelError) return { items: asked, served: error };
      throw error;
    }
  }

  let parts = [await ask(items)];
  for (;;) {
    const refused = parts.filter((part) => part.served instanceof FlywheelError && part.items.length > 1);
    if (refused.length === 0 || refused.length * 2 > callsLeft) break;
    const asked = parts.map((part) =>
      refused.includes(part) ? Promise.all(halves(part.items).map((half) => ask(half, { sinceMs }))) : [part],
    );
    parts = (await Promise.all(asked)).flat();
  }
  return parts.flatMap<Served<Result> | Error>(({ items, served }) =>
    served instanceof FlywheelError ? items.map(() => served) : served,
  );
}

function halves<Item>(items: readonly Item[]): (readonly Item[])[] {
  const middle = items.length >> 1;
  return [items.slice(0, middle), items.slice(middle)];
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
      // Every call of the request listens to it.
      setMaxListeners(0, controller.signal);
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
