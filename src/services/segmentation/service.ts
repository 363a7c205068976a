// Answers for a trained segmentation: the segment of each customer, and the segments.

import { FlywheelError } from '../../core/errors.js';
import type { CustomerValues } from '../../warehouse/service-reads/customer-values.js';
import { checkItems } from '../host/check-items.js';
import type { Handler, LoadedModel, WorkshopDeps } from '../host/workshop-contract.js';
import { type Assignment, type Segment, segmentationMethods, segmentNames } from './contract.js';
import { featureRows, featuresOf } from './features.js';
import { knownCustomersOf } from './known-customers.js';
import { type Group, groupFinder, readModel, type SegmentationModel } from './model.js';
import { namingRules } from './naming.js';

/**
 * Makes a model ready: the same bytes and the same warehouse give the same answers. Calls fail with BAD_INPUT for an
 * unknown method or items of another shape, and with what a read of the warehouse fails with.
 */
export function createSegmentationHandler(
  { name, bytes }: Pick<LoadedModel, 'name' | 'bytes'>,
  { database }: WorkshopDeps,
): Handler {
  const model = readModel(bytes);
  const assign = createAssign(model);
  const known = knownCustomersOf(database);
  const all = segmentsOf(model);
  return async (method, items, { signal }) => {
    if (method === 'assign') {
      const codes = checkItems(segmentationMethods.assign, items).map(({ customer }) => customer);
      const assigned = assign(await known.read(codes, signal));
      return { model: name, results: codes.map((code) => assigned.get(code) ?? null) };
    }
    if (method === 'segments') {
      return { model: name, results: checkItems(segmentationMethods.segments, items).map(() => all) };
    }
    throw unknownMethod(method);
  };
}

/** Answers before the first training: nothing is known. */
export const modellessHandler: Handler = async (method, items) => {
  if (!(method in segmentationMethods)) throw unknownMethod(method);
  return { model: null, results: items.map(() => null) };
};

function unknownMethod(method: string): FlywheelError {
  const names = Object.keys(segmentationMethods).join(', ');
  return new FlywheelError('BAD_INPUT', `There is no method ${method}; segmentation has ${names}.`);
}

/** A function from customers to the segments of those who bought or did something, by their codes. */
function createAssign(model: SegmentationModel) {
  const groupsOfRows = groupFinder(model);
  return (customers: readonly CustomerValues[]): ReadonlyMap<string, Assignment> => {
    const assigned = new Map<string, Assignment>();
    const buyers = customers.filter(({ orders }) => orders > 0);
    const places = groupsOfRows(featureRows(buyers, model.spend));
    buyers.forEach((buyer, row) => {
      const group = model.groups[places[row] ?? 0];
      if (group === undefined) return;
      const features = featuresOf(buyer, model.spend);
      assigned.set(buyer.code, { segment: group.name, cluster: group.number, features });
    });
    for (const customer of customers) {
      if (!customer.onlyBehaved) continue;
      const features = featuresOf(customer, model.spend);
      assigned.set(customer.code, { segment: 'POTENTIAL', cluster: null, features });
    }
    return assigned;
  };
}

function segmentsOf(model: SegmentationModel): Segment[] {
  return segmentNames.flatMap((name): Segment[] => {
    const { title, words } = namingRules[name];
    if (name === 'POTENTIAL') {
      return [{ name, title, rule: words, size: model.potential, clusters: [], centre: null }];
    }
    const groups = model.groups.filter((group) => group.name === name);
    if (groups.length === 0) return [];
    const size = groups.reduce((sum, group) => sum + group.size, 0);
    const [recencyDays, frequency, spend] = meansOf(groups, size);
    return [
      {
        name,
        title,
        rule: words,
        size,
        clusters: groups.map(({ number }) => number),
        centre: { recencyDays, frequency, spend },
      },
    ];
  });
}

/** The means of the customers of several groups. */
function meansOf(groups: readonly Group[], size: number): [number, number, number] {
  const mean = (column: 0 | 1 | 2) =>
    groups.reduce((sum, group) => sum + group.means[column] * group.size, 0) / Math.max(1, size);
  return [mean(0), mean(1), mean(2)];
}
