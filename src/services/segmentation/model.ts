// A trained segmentation: what it holds, and its bytes.

import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { type KMeansModel, nearestClusters } from '../../math/cluster/k-means.js';
import { type Scale, scaleRows, scalingMethods } from '../../math/stats/scaling.js';

/** What is clustered, in the order of the columns. */
export const featureColumns = ['recencyDays', 'frequency', 'spend'] as const;

/** `average` divides the spend of a customer by the number of orders. */
export const spendMeanings = ['total', 'average'] as const;

const three = z.tuple([z.number(), z.number(), z.number()]);

const group = z.object({
  /** The number that it keeps from training to training. */
  number: z.number().int().nonnegative(),
  name: z.enum(['LOYAL', 'ACTIVE', 'NEW', 'AT_RISK', 'LOST']),
  size: z.number().int().nonnegative(),
  /** On the scale of the model. */
  centroid: three,
  /** The means of its customers, as they were measured. */
  means: three,
});

const segmentationModel = z.object({
  format: z.literal(1),
  spend: z.enum(spendMeanings),
  scale: z.object({ method: z.enum(scalingMethods), means: three, deviations: three }),
  inertia: z.number(),
  groups: z.array(group).min(1),
  /** How many customers had behaviour and no order. */
  potential: z.number().int().nonnegative(),
});

export type SegmentationModel = z.infer<typeof segmentationModel>;
export type Group = z.infer<typeof group>;

/** The bytes of a model: JSON, the same for the same model. */
export function writeModel(model: SegmentationModel): Buffer {
  return Buffer.from(JSON.stringify(segmentationModel.parse(model)));
}

/** The model of these bytes, or undefined where another version of the program wrote them in a form of its own. */
export function findModel(bytes: Uint8Array): SegmentationModel | undefined {
  try {
    return segmentationModel.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}

/** The model of these bytes. Fails with CONFLICT for those of another form. */
export function readModel(bytes: Uint8Array): SegmentationModel {
  const model = findModel(bytes);
  if (model !== undefined) return model;
  throw new FlywheelError(
    'CONFLICT',
    'The stored segmentation has the form of another version; train a new one.',
  );
}

export function scaleOf({ scale }: SegmentationModel): Scale {
  return {
    method: scale.method,
    means: Float64Array.from(scale.means),
    deviations: Float64Array.from(scale.deviations),
  };
}

/** The centroids of all groups, one row after another. */
export function centroidsOf({ groups }: SegmentationModel): Float64Array {
  return Float64Array.from(groups.flatMap(({ centroid }) => centroid));
}

/** Prepares a model for assigning: a function from rows as they were measured to the place of each one's group. */
export function groupFinder(model: SegmentationModel): (rows: Float64Array) => Int32Array {
  const scale = scaleOf(model);
  const clusters: KMeansModel = {
    columns: featureColumns.length,
    centroids: centroidsOf(model),
    sizes: Int32Array.from(model.groups, ({ size }) => size),
    inertia: model.inertia,
  };
  return (rows) => nearestClusters(clusters, scaleRows(scale, rows));
}
