// What a group of customers is called: by how its average compares with all customers.

import type { SegmentName } from './contract.js';

/** Where the average of a group stands among all customers; each from 0 to 1. */
export interface Standing {
  /** The share of customers who bought more recently. */
  readonly recency: number;
  /** The mean of two shares: of customers with fewer orders, and of those who spent less. */
  readonly value: number;
}

interface NamingRule {
  readonly title: string;
  readonly words: string;
  /** Bounds of the standing, from and to; every standing is within one rule. */
  readonly recency?: readonly [number, number];
  readonly value?: readonly [number, number];
}

const half = 0.5;
const upperQuarter = 0.75;

export const namingRules: Readonly<Record<SegmentName, NamingRule>> = {
  NEW: {
    title: 'New 新客',
    words:
      'On average they bought more recently than half of all customers, and their orders and spend are below the middle: they came a short time ago, or seldom buy.',
    recency: [0, half],
    value: [0, half],
  },
  ACTIVE: {
    title: 'Active 活跃',
    words:
      'On average they bought more recently than half of all customers, and their orders and spend are above the middle.',
    recency: [0, half],
    value: [half, upperQuarter],
  },
  LOYAL: {
    title: 'Loyal 忠诚',
    words:
      'On average they bought more recently than half of all customers, and their orders and spend reach the upper quarter: the best customers.',
    recency: [0, half],
    value: [upperQuarter, 1],
  },
  AT_RISK: {
    title: 'At risk 流失风险',
    words:
      'On average their last order is longer ago than for half of all customers, though their orders and spend are above the middle: worth winning back.',
    recency: [half, 1],
    value: [half, 1],
  },
  LOST: {
    title: 'Lost 流失',
    words:
      'On average their last order is longer ago than for half of all customers, and their orders and spend are below the middle.',
    recency: [half, 1],
    value: [0, half],
  },
  POTENTIAL: {
    title: 'Potential 潜在',
    words:
      'They looked, clicked or did something else that was recorded, and have not bought yet. No group of the model: each customer without an order is judged by that alone.',
  },
};

/** The names that a group can bear, in the order in which the rules are tried where two bounds meet. */
const groupNames = ['LOYAL', 'ACTIVE', 'NEW', 'AT_RISK', 'LOST'] as const;

export type GroupName = (typeof groupNames)[number];

/** How far beyond a bound a group that had the name already may stray and keep it. */
const loyaltyToName = 0.05;

/**
 * The name of a group. `before` is the name of the group that it goes on from in an earlier model: it is kept while the
 * standing is within its bounds or .05 of them, so that names do not flicker between trainings. Groups that earn the
 * same name are one segment; they are told apart by their numbers alone.
 */
export function nameGroup(standing: Standing, before?: GroupName): GroupName {
  if (before !== undefined && holds(before, standing, loyaltyToName)) return before;
  return groupNames.find((name) => holds(name, standing, 0)) ?? 'LOST';
}

function holds(name: GroupName, standing: Standing, slack: number): boolean {
  const { recency, value } = namingRules[name];
  return within(standing.recency, recency, slack) && within(standing.value, value, slack);
}

function within(share: number, bounds: readonly [number, number] = [0, 1], slack: number): boolean {
  return share >= bounds[0] - slack && share <= bounds[1] + slack;
}
