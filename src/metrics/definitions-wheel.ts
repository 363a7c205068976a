// Metrics of what was proposed to customers: how often it was shown, and how often they did something about it.

import { type DimensionDefinition, type FactSource, liveCuts, type MetricDefinition } from './definition.js';
import { category, customer, hourOfDay, product, segment, weekday } from './dimensions.js';

const exposures: FactSource = {
  model: 'Exposure',
  time: 'shownAt',
  arrived: 'arrivedAt',
  clock: 'behaviour',
};

const outcomes: FactSource = {
  model: 'Outcome',
  time: 'occurredAt',
  arrived: 'arrivedAt',
  clock: 'behaviour',
};

const arm: DimensionDefinition = {
  name: 'ARM',
  title: 'Arm of the experiment',
  description:
    'The group that the customer was put into by chance: HOLDOUT, CHAMPION or CHALLENGER; null where there was no experiment.',
  by: { kind: 'field', path: [], value: 'arm' },
};

const policy: DimensionDefinition = {
  name: 'POLICY',
  title: 'Way of choosing',
  description: 'How the choice was made, such as floor, recommender, learner or blend.',
  by: { kind: 'field', path: [], value: 'policy' },
};

const model: DimensionDefinition = {
  name: 'MODEL',
  title: 'Model',
  description:
    'The model that made the choice, such as recommendation/3; null where it was made without one.',
  by: { kind: 'field', path: [], value: 'model' },
};

const decisionKind: DimensionDefinition = {
  name: 'DECISION_KIND',
  title: 'Kind of decision',
  description: 'What was decided: RECOMMEND, CAMPAIGN or REORDER.',
  by: { kind: 'field', path: [], value: 'decisionKind' },
};

const ofTheWheel = {
  dimensions: [arm, policy, model, decisionKind, product, category, customer, segment, weekday, hourOfDay],
  live: [
    ...liveCuts([], ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'ALL']),
    ...[arm, policy, model].flatMap((dimension) => liveCuts([dimension], ['MINUTE', 'HOUR', 'DAY', 'ALL'])),
  ],
};

export const wheelMetrics: readonly MetricDefinition[] = [
  {
    ...ofTheWheel,
    source: exposures,
    name: 'EXPOSURES',
    title: 'Exposures',
    description:
      'How often something that was decided was shown: each place of a decision counts once, when it was first shown.',
    unit: 'COUNT',
    measure: { kind: 'count' },
  },
  {
    ...ofTheWheel,
    source: outcomes,
    name: 'OUTCOMES',
    title: 'Outcomes',
    description:
      'How often customers did something about what they had been shown (a click, a cart or a purchase): each place of a decision counts once, when that first happened.',
    unit: 'COUNT',
    measure: { kind: 'count' },
  },
  {
    ...ofTheWheel,
    source: outcomes,
    name: 'OUTCOME_RATE',
    title: 'Outcome rate',
    description:
      'OUTCOMES divided by EXPOSURES, each counted when it happened: 0.06 means six outcomes while a hundred were shown; null where nothing was shown.',
    unit: 'RATIO',
    measure: { kind: 'ratio', numerator: 'OUTCOMES', denominator: 'EXPOSURES' },
  },
];
