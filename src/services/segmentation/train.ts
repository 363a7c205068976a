// Trains a segmentation: reads what customers are worth, groups them, names the groups.

import { setImmediate } from 'node:timers/promises';
import { FlywheelError } from '../../core/errors.js';
import { createRandom, type Random } from '../../core/random.js';
import { trainKMeans } from '../../math/cluster/k-means.js';
import { fitScale, scaleRows } from '../../math/stats/scaling.js';
import { type CustomerValues, readCustomerValues } from '../../warehouse/service-reads/customer-values.js';
import type { LoadedModel, Trained, TrainOptions, WorkshopDeps } from '../host/workshop-contract.js';
import { type ChosenGroups, chooseGroups } from './choose-groups.js';
import { featureRows } from './features.js';
import { groupsOf, tripleAt } from './groups.js';
import { featureColumns, groupFinder, readModel, type SegmentationModel, writeModel } from './model.js';
import { type SegmentationSettings, segmentationDefaults } from './settings.js';

export interface SegmentationTrainOptions extends Omit<TrainOptions, 'champion'> {
  readonly champion: Pick<LoadedModel, 'bytes'> | undefined;
}

const columns = featureColumns.length;

/** Where the parts of a training end, by and large, as shares of its time. */
const ends = { read: 0.2, choose: 0.9 } as const;

/**
 * Groups all customers with an order. The number of groups is chosen, and their quality measured, without every fifth
 * customer, who is judged then; the model itself is trained on all. The measure is the mean silhouette of those who were
 * held back, 0 where all fall into one group. The groups of the champion pass their numbers and names on. The same
 * customers, settings, champion and seed give the same bytes. Fails with BAD_INPUT where nobody has bought yet, and with
 * the reason of the signal when it comes.
 */
export async function trainSegmentation(
  { database }: WorkshopDeps,
  { seed, signal, onProgress, champion }: SegmentationTrainOptions,
  settings: SegmentationSettings = segmentationDefaults,
): Promise<Trained> {
  const reporter = (from: number, to: number, step: string) => (share: number) => {
    signal.throwIfAborted();
    onProgress(from + (to - from) * share, step);
  };
  onProgress(0, 'reading the customers');
  const { customers, from, to } = await readCustomerValues(database, 'all', signal);
  const buyers = customers.filter(({ orders }) => orders > 0);
  if (buyers.length === 0) {
    throw new FlywheelError(
      'BAD_INPUT',
      'Nobody has bought yet, so there are no groups to find; load sales first.',
    );
  }
  const rows = featureRows(buyers, settings.spend);
  const random = createRandom(seed).stream('segmentation');
  const chosen = chooseGroups(rows, columns, {
    scaling: settings.scaling,
    clusters: settings.clusters,
    random,
    onProgress: reporter(ends.read, ends.choose, 'choosing the number of groups'),
  });
  // Here whoever cancels is heard.
  await setImmediate();
  const before = champion === undefined ? undefined : readModel(champion.bytes);
  const model: SegmentationModel = {
    ...fitGroups(rows, settings, chosen.clusters, {
      random: random.stream('all'),
      onProgress: reporter(ends.choose, 1, 'grouping all customers'),
      before: before?.spend === settings.spend ? before : undefined,
    }),
    potential: customers.filter(({ onlyBehaved }) => onlyBehaved).length,
  };
  return {
    bytes: writeModel(model),
    ...(before === undefined ? {} : { championQuality: qualityOf(before, chosen, buyers) }),
    description: {
      rows: {
        customers: buyers.length,
        heldBack: chosen.judged.length === buyers.length ? 0 : chosen.judged.length,
        potential: model.potential,
      },
      dataFrom: from,
      dataTo: to,
      position: null,
      seed,
      parameters: {
        features: featureColumns,
        spend: settings.spend,
        scaling: settings.scaling,
        clusters: model.groups.length,
        candidates: chosen.candidates,
      },
      quality: { silhouette: chosen.quality, inertia: model.inertia },
      decidedBy: { measure: 'silhouette', better: 'larger' },
    },
  };
}

interface FitOptions {
  readonly random: Random;
  readonly onProgress: (share: number) => void;
  /** The model whose groups go on. */
  readonly before: SegmentationModel | undefined;
}

function fitGroups(
  rows: Float64Array,
  { spend, scaling }: SegmentationSettings,
  clusters: number,
  { random, onProgress, before }: FitOptions,
): Omit<SegmentationModel, 'potential'> {
  const scale = fitScale(scaling, rows, columns);
  const fit = trainKMeans(scaleRows(scale, rows), columns, { clusters, random, onProgress });
  const { method, means, deviations } = scale;
  return {
    format: 1,
    spend,
    scale: { method, means: tripleAt(means, 0), deviations: tripleAt(deviations, 0) },
    inertia: fit.model.inertia,
    groups: groupsOf(rows, fit, scale, before),
  };
}

function qualityOf(
  model: SegmentationModel,
  chosen: ChosenGroups,
  buyers: readonly CustomerValues[],
): number {
  const judged = Array.from(chosen.judged).flatMap((place) => buyers[place] ?? []);
  return chosen.qualityOf(groupFinder(model)(featureRows(judged, model.spend)));
}
