// Trains a segmentation: reads what customers are worth, groups them, names the groups.

import { setImmediate } from 'node:timers/promises';
import { FlywheelError } from '../../core/errors.js';
import { createRandom, type Random } from '../../core/random.js';
import { fitScale, scaleRows } from '../../math/stats/scaling.js';
import { readLogPosition } from '../../warehouse/log-position.js';
import { type CustomerValues, readCustomerValues } from '../../warehouse/service-reads/customer-values.js';
import type { LoadedModel, Trained, TrainOptions, WorkshopDeps } from '../host/workshop-contract.js';
import { type ChosenGroups, chooseGroups } from './choose-groups.js';
import { featureRows } from './features.js';
import { groupsOf, tripleAt } from './groups.js';
import { type MeasuredGroups, measureGroups } from './measure-groups.js';
import { featureColumns, findModel, groupFinder, type SegmentationModel, writeModel } from './model.js';
import { type SegmentationSettings, segmentationDefaults } from './settings.js';

export interface SegmentationTrainOptions extends Omit<TrainOptions, 'champion'> {
  readonly champion: Pick<LoadedModel, 'bytes'> | undefined;
}

const columns = featureColumns.length;

/** Where the parts of a training end, by and large, as shares of its time. */
const ends = { read: 0.2, group: 0.9 } as const;

/**
 * Groups all customers with an order, into the number of groups that is set or has the best silhouette. The groups of the
 * champion pass their numbers and names on; so does their number, while no other is clearly better. The measure is the
 * mean silhouette of every fifth customer, by as many groups learned from the others; the champion is measured by the same
 * customers on the same scale, and the new model counts as no worse where it comes within a standard error of it. The same
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
  const position = await readLogPosition(database);
  const { customers, from, to } = await readCustomerValues(database, signal);
  const buyers = customers.filter(({ orders }) => orders > 0);
  if (buyers.length === 0) {
    throw new FlywheelError(
      'BAD_INPUT',
      'Nobody has bought yet, so there are no groups to find; load sales first.',
    );
  }
  // A champion that this version cannot read is no reason to do without a new one.
  const before = champion === undefined ? undefined : findModel(champion.bytes);
  const rows = featureRows(buyers, settings.spend);
  const random = createRandom(seed).stream('segmentation');
  const { candidates, ...grouped } = groupAll(rows, settings, before, {
    random: random.stream('all'),
    onProgress: reporter(ends.read, ends.group, 'grouping the customers'),
  });
  // Here whoever cancels is heard.
  await setImmediate();
  const measured = measureGroups(rows, columns, {
    scaling: settings.scaling,
    clusters: grouped.groups.length,
    random: random.stream('measure'),
    onProgress: reporter(ends.group, 1, 'measuring the groups'),
  });
  const potential = customers.filter(({ onlyBehaved }) => onlyBehaved).length;
  const heldBack = measured.judged.length === buyers.length ? 0 : measured.judged.length;
  return {
    bytes: writeModel({ ...grouped, potential }),
    ...(before === undefined ? {} : { championQuality: barOf(before, measured, buyers, settings) }),
    championIsUnreadable: champion !== undefined && before === undefined,
    description: {
      rows: { customers: buyers.length, heldBack, potential },
      dataFrom: from,
      dataTo: to,
      position,
      seed,
      parameters: {
        features: featureColumns,
        spend: settings.spend,
        scaling: settings.scaling,
        clusters: grouped.groups.length,
        candidates,
      },
      quality: { silhouette: measured.quality, inertia: grouped.inertia },
      decidedBy: { measure: 'silhouette', better: 'larger' },
    },
  };
}

interface Work {
  readonly random: Random;
  readonly onProgress: (share: number) => void;
}

interface Grouped extends Omit<SegmentationModel, 'potential'> {
  readonly candidates: ChosenGroups['candidates'];
}

function groupAll(
  rows: Float64Array,
  { spend, scaling, clusters }: SegmentationSettings,
  champion: SegmentationModel | undefined,
  work: Work,
): Grouped {
  // Spend of another meaning is not comparable.
  const before = champion?.spend === spend ? champion : undefined;
  const scale = fitScale(scaling, rows, columns);
  const inUse = before?.groups.length;
  const { fit, candidates } = chooseGroups(scaleRows(scale, rows), columns, { ...work, clusters, inUse });
  const { method, means, deviations } = scale;
  return {
    format: 1,
    spend,
    scale: { method, means: tripleAt(means, 0), deviations: tripleAt(deviations, 0) },
    inertia: fit.model.inertia,
    groups: groupsOf(rows, fit, scale, before),
    candidates,
  };
}

/**
 * What a new model must reach to be no worse than the champion: the mean silhouette of the same customers in the
 * champion's groups, less its standard error, since chance alone makes that difference (the rule of one standard error of
 * L. Breiman et al., "Classification and Regression Trees", 1984). A champion that is not as the settings ask, in its
 * spend, scaling or number of groups, is no measure: anything beats it.
 */
function barOf(
  champion: SegmentationModel,
  { judged, silhouetteOf }: MeasuredGroups,
  buyers: readonly CustomerValues[],
  { spend, scaling, clusters = champion.groups.length }: SegmentationSettings,
): number {
  const isAsAsked =
    champion.spend === spend && champion.scale.method === scaling && champion.groups.length === clusters;
  if (!isAsAsked) return -1;
  const customers = Array.from(judged).flatMap((place) => buyers[place] ?? []);
  const reached = silhouetteOf(groupFinder(champion)(featureRows(customers, spend)));
  return reached === undefined ? 0 : reached.mean - reached.standardError;
}
