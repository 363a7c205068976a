// Trains a recommender: reads the shop, chooses the blend on a held-back month, fits every strategy to all of it.

import { setImmediate } from 'node:timers/promises';
import { FlywheelError } from '../../core/errors.js';
import { createRandom } from '../../core/random.js';
import type { RankingMetrics } from '../../math/ranking/ranking-metrics.js';
import { readLogPosition } from '../../warehouse/log-position.js';
import type { Interaction } from '../../warehouse/service-reads/interactions.js';
import type { LoadedModel, Trained, TrainOptions, WorkshopDeps } from '../host/workshop-contract.js';
import { type Factorise, type FactorisedShop, factoriseShop } from './factorise.js';
import { fitModel } from './fit.js';
import { holdBack } from './held-back.js';
import { type Blend, readModel, writeModel } from './model.js';
import { readShop } from './read-shop.js';
import { type RecommendationSettings, recommendationDefaults } from './settings.js';
import { sharesOf, strengthsOf } from './strengths.js';
import {
  blendDefaults,
  chooseBlend,
  type HeldBack,
  judgedLength,
  judgedMin,
  popularityQuality,
  qualityOf,
} from './tune.js';

/** Where the parts of a training end, by and large, as shares of its time. */
const ends = { read: 0.1, choose: 0.6, champion: 0.7 } as const;
const endsWithEngine = { read: 0.05, choose: 0.75, champion: 0.85 } as const;
/** Where an engine has factorised. */
const factorisedEnd = 0.4;

/**
 * Trains on all products, and on what customers did with them. The measure is the nDCG@10 of AUTO on the last 30 days of
 * event time, by products that a customer had not before, its parts trained on what was known until then; the blend was
 * chosen on the same month, so that it is a little high. The champion is measured by its blend, its parts trained on the
 * same facts, since those that it serves know the month already; where its blend does better than all that were compared,
 * the new model takes it over. Where the month says nothing, the first model serves, and later ones wait for a promotion.
 * The same shop, champion, settings and seed give the same bytes. With `factorise` the part ALS comes from there, and all
 * else is the same; its own quality is told too, and decides nothing. Fails with BAD_INPUT where there are no products,
 * with what `factorise` fails of, and with the reason of the signal when it comes.
 */
export async function trainRecommendation(
  { database }: WorkshopDeps,
  { seed, signal, onProgress, champion }: TrainOptions,
  settings: RecommendationSettings = recommendationDefaults,
  factorise?: Factorise,
): Promise<Trained> {
  const end = factorise === undefined ? ends : endsWithEngine;
  const reporter = (from: number, to: number, step: string) => (share: number) => {
    signal.throwIfAborted();
    onProgress(from + (to - from) * share, step);
  };
  const position = await readLogPosition(database);
  const shop = await readShop(database, settings, signal);
  if (shop.products.codes.length === 0)
    throw new FlywheelError('BAD_INPUT', 'There are no products to recommend; load products or sales first.');
  const strengths = (interactions: readonly Interaction[]) =>
    strengthsOf(interactions, shop.customers, shop.products, settings.weights);
  const all = strengths(shop.interactions);
  const { stars, owned } = strengths(shop.interactionsBefore);
  const held = holdBack({ shares: sharesOf(stars), owned, recent: shop.recentBefore }, all.owned);
  reporter(0, end.read, 'reading the shop')(1);
  // Between the parts whoever cancels is heard.
  await setImmediate();
  // Before what takes long here: an engine that cannot be had is soon told of.
  const factorised =
    factorise &&
    (await factoriseShop(
      factorise,
      { shares: sharesOf(all.stars), held },
      { seed, signal, onProgress: reporter(end.read, factorisedEnd, 'factorising on another engine') },
    ));
  const chooseFrom = factorised === undefined ? end.read : factorisedEnd;
  const best = choose(held, reporter(chooseFrom, end.choose, 'choosing on the last 30 days'));
  await setImmediate();
  const before = judge(champion, held, reporter(end.choose, end.champion, 'judging the champion'));
  const isBetter = before?.quality !== undefined && before.quality.ndcg > (best.quality?.ndcg ?? 0);
  const chosen = { ...best, ...(isBetter ? before : {}) };
  await setImmediate();
  const random = createRandom(seed).stream('recommendation');
  const model = fitModel(shop, all, settings, chosen.blend, {
    random,
    onProgress: reporter(end.champion, 1, 'fitting'),
    als: factorised?.als,
  });
  return {
    bytes: writeModel(model),
    ...(before?.quality === undefined ? {} : { championQuality: before.quality.ndcg }),
    championIsUnreadable: champion !== undefined && before === undefined,
    description: {
      rows: {
        customers: model.customers.length,
        products: model.products.length,
        interactions: model.stars.values.length,
        ratings: model.ratingCount,
        heldBack: held.customers.length,
      },
      dataFrom: shop.period.from,
      dataTo: shop.period.to,
      position,
      seed,
      parameters: {
        ...chosen.blend,
        compared: chosen.compared,
        weights: settings.weights,
        textFields: settings.textFields,
        ...(factorised === undefined ? {} : { als: factorised.lineage }),
      },
      quality: { ...qualities(held, chosen.quality), ...qualityOfFactors(factorised) },
      decidedBy: { measure: `ndcg@${judgedLength}`, better: 'larger' },
    },
  };
}

interface Judged {
  readonly blend: Blend;
  /** Undefined where there is nobody to judge by. */
  readonly quality: RankingMetrics | undefined;
}

function choose(held: HeldBack, onProgress: (share: number) => void): Judged & { readonly compared: number } {
  if (held.customers.length >= judgedMin) return chooseBlend(held, onProgress);
  const quality = held.customers.length === 0 ? undefined : qualityOf(held, blendDefaults, onProgress);
  return { blend: blendDefaults, quality, compared: 0 };
}

/** How the champion's blend does on the same month; undefined where there is none that can be read. */
function judge(
  champion: LoadedModel | undefined,
  held: HeldBack,
  onProgress: (share: number) => void,
): Judged | undefined {
  const blend = blendOf(champion);
  if (blend === undefined) return undefined;
  return { blend, quality: held.customers.length === 0 ? undefined : qualityOf(held, blend, onProgress) };
}

/** How the champion blends; undefined without one, and for one of a form that is not known any more. */
function blendOf(champion: LoadedModel | undefined): Blend | undefined {
  try {
    return champion === undefined ? undefined : readModel(champion.bytes).blend;
  } catch (error) {
    if (error instanceof FlywheelError && error.code === 'CONFLICT') return undefined;
    throw error;
  }
}

function qualityOfFactors(factorised: FactorisedShop | undefined): Readonly<Record<string, number>> {
  return factorised === undefined ? {} : { [`alsNdcg@${judgedLength}`]: factorised.ndcg };
}

/** With nobody to judge by, nothing was right: 0. */
function qualities(held: HeldBack, quality: RankingMetrics | undefined): Readonly<Record<string, number>> {
  const named = (measure: string) => `${measure}@${judgedLength}`;
  return {
    [named('ndcg')]: quality?.ndcg ?? 0,
    [named('recall')]: quality?.recall ?? 0,
    [named('map')]: quality?.map ?? 0,
    [named('precision')]: quality?.precision ?? 0,
    [named('coverage')]: quality?.coverage ?? 0,
    ndcgStandardError: quality?.ndcgStandardError ?? 0,
    [named('popularityNdcg')]: quality === undefined ? 0 : popularityQuality(held).ndcg,
  };
}
