// Answers for a trained segmentation: the segment of each customer, and the segments.

import { FlywheelError } from '../../core/errors.js';
import type { CustomerValues, CustomerValuesRead } from '../../warehouse/service-reads/customer-values.js';
import { checkItems } from '../host/check-items.js';
import type { Reply } from '../host/service-contract.js';
import { type Assignment, type Segment, segmentationMethods, segmentNames } from './contract.js';
import { featureRows, featuresOf } from './features.js';
import { type Group, groupFinder, readModel, type SegmentationModel } from './model.js';
import { namingRules } from './naming.js';

export interface SegmentationServiceDeps {
  /** The version of the model, and its bytes. */
  readonly version: number;
  readonly bytes: Uint8Array;
  /** What customers are worth now. */
  readonly readCustomers: (codes: readonly string[], signal?: AbortSignal) => Promise<CustomerValuesRead>;
}

/**
 * Makes the handler of the methods of `segmentationMethods`. Items of a wrong shape and other methods are BAD_INPUT; a
 * read that fails does so with its own error. The same model and the same customers give the same answers.
 */
export function createSegmentationService({ version, bytes, readCustomers }: SegmentationServiceDeps) {
  const model = readModel(bytes);
  const groupsOfRows = groupFinder(model);
  const label = `segmentation/${version}`;
  const all = segmentsOf(model);

  async function assign(codes: readonly string[], signal?: AbortSignal): Promise<(Assignment | null)[]> {
    const { customers } = await readCustomers([...new Set(codes)], signal);
    const buyers = customers.filter(({ orders }) => orders > 0);
    const places = groupsOfRows(featureRows(buyers, model.spend));
    const answers = new Map(
      customers.flatMap((customer) =>
        customer.onlyBehaved ? [[customer.code, potential(customer)] as const] : [],
      ),
    );
    buyers.forEach((buyer, row) => {
      const group = model.groups[places[row] ?? 0];
      if (group === undefined) return;
      const features = featuresOf(buyer, model.spend);
      answers.set(buyer.code, { segment: group.name, cluster: group.number, features });
    });
    return codes.map((code) => answers.get(code) ?? null);
  }

  return async (method: string, items: readonly unknown[], signal?: AbortSignal): Promise<Reply> => {
    if (method === 'segments') return { model: label, results: items.map(() => all) };
    if (method === 'assign') {
      const asked = checkItems(segmentationMethods.assign, items);
      return {
        model: label,
        results: await assign(
          asked.map(({ customer }) => customer),
          signal,
        ),
      };
    }
    throw new FlywheelError('BAD_INPUT', `segmentation has no method ${method}; it has assign and segments.`);
  };
}

function potential(customer: CustomerValues): Assignment {
  return {
    segment: 'POTENTIAL',
    cluster: null,
    features: { recencyDays: null, frequency: 0, spend: customer.spend },
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
