// Trains a segmentation: reads what customers are worth, groups them, names the groups.

import { FlywheelError } from '../../core/errors.js';
import { createRandom } from '../../core/random.js';
import { trainKMeans } from '../../math/cluster/k-means.js';
import { fitScale, type ScalingMethod, scaleRows } from '../../math/stats/scaling.js';
import type { Database } from '../../warehouse/database.js';
import { type CustomerValues, readCustomerValues } from '../../warehouse/service-reads/customer-values.js';
import type { ModelDescription } from '../host/registry-contract.js';
import { type ChosenGroups, chooseGroups } from './choose-groups.js';
import { featureRows } from './features.js';
import { groupsOf, tripleAt } from './groups.js';
import { featureColumns, groupFinder, readModel, type SegmentationModel, writeModel } from './model.js';

export interface SegmentationSettings {
  readonly spend: SegmentationModel['spend'];
  readonly scaling: ScalingMethod;
  /** How many groups; undefined chooses from 3 to 8 by the silhouette. */
  readonly clusters?: number | undefined;
}

export const segmentationDefaults: SegmentationSettings = { spend: 'total', scaling: 'log-standard' };

export interface SegmentationTrainingDeps {
  readonly database: Database;
  readonly settings: SegmentationSettings;
  /** The bytes of the model that serves: its groups pass their numbers and names on. */
  readonly champion?: Uint8Array | undefined;
}

export interface TrainingOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Told the share that is done, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

export interface TrainedSegmentation {
  readonly description: ModelDescription;
  readonly bytes: Buffer;
  /** The deciding measure of the champion on the same customers; undefined without one. */
  readonly championQuality: number | undefined;
}

const columns = featureColumns.length;

/** Where the parts of a training end, by and large, as shares of its time. */
const ends = { read: 0.2, choose: 0.9 } as const;

/**
 * Groups all customers with an order. The number of groups is chosen, and their quality measured, without every fifth
 * customer, who is judged then; the model itself is trained on all. The measure is the mean silhouette of those who were
 * held back, 0 where all fall into one group. The same customers, settings, champion and seed give the same bytes.
 * Fails with CONFLICT where nobody has bought yet, with CANCELLED when the signal comes.
 */
export async function trainSegmentation(
  { database, settings, champion }: SegmentationTrainingDeps,
  { seed, signal, onProgress }: TrainingOptions,
): Promise<TrainedSegmentation> {
  const reporter = (from: number, to: number) => (share: number) => {
    if (signal?.aborted === true) throw new FlywheelError('CANCELLED', 'The training was cancelled.');
    onProgress?.(from + (to - from) * share);
  };
  const { customers, from, to } = await readCustomerValues(database, 'all', signal);
  const buyers = customers.filter(({ orders }) => orders > 0);
  if (buyers.length === 0) {
    throw new FlywheelError(
      'CONFLICT',
      'Nobody has bought yet, so there are no groups to find; load sales first.',
    );
  }
  const before = champion === undefined ? undefined : readModel(champion);
  const rows = featureRows(buyers, settings.spend);
  const random = createRandom(seed).stream('segmentation');
  const chosen = chooseGroups(rows, columns, {
    scaling: settings.scaling,
    clusters: settings.clusters,
    random,
    onProgress: reporter(ends.read, ends.choose),
  });
  const scale = fitScale(settings.scaling, rows, columns);
  const fit = trainKMeans(scaleRows(scale, rows), columns, {
    clusters: chosen.clusters,
    random: random.stream('all'),
    onProgress: reporter(ends.choose, 1),
  });
  const model: SegmentationModel = {
    format: 1,
    spend: settings.spend,
    scale: {
      method: scale.method,
      means: tripleAt(scale.means, 0),
      deviations: tripleAt(scale.deviations, 0),
    },
    inertia: fit.model.inertia,
    groups: groupsOf(rows, fit, scale, before?.spend === settings.spend ? before : undefined),
    potential: customers.filter(({ onlyBehaved }) => onlyBehaved).length,
  };
  const heldBack = chosen.judged.length === buyers.length ? 0 : chosen.judged.length;
  return {
    bytes: writeModel(model),
    championQuality: before === undefined ? undefined : qualityOf(before, chosen, buyers),
    description: {
      rows: { customers: buyers.length, heldBack, potential: model.potential },
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

function qualityOf(
  model: SegmentationModel,
  chosen: ChosenGroups,
  buyers: readonly CustomerValues[],
): number {
  const judged = Array.from(chosen.judged).flatMap((place) => buyers[place] ?? []);
  return chosen.qualityOf(groupFinder(model)(featureRows(judged, model.spend)));
}
