// Decisions: all that the system decided by itself, with what became of it.

import { builder } from '../builder.js';
import { connectionType } from '../connection.js';
import { enumOf, implementFilter } from '../filter-inputs.js';
import { parseKey } from '../global-id.js';
import { listArguments, relatedList, rootList } from '../list-field.js';
import { declareModel } from '../model.js';
import { keyOf } from '../node.js';
import { implementOrder } from '../order-inputs.js';
import { relatedSlots } from './decision-slot.js';

const api = declareModel('Decision', {
  key: ['id'],
  filters: [
    { code: 'id' },
    'kind',
    'cause',
    'policy',
    'model',
    'experiment',
    'arm',
    'decidedAt',
    'arrivedAt',
    'customer',
    'product',
    'slots',
  ],
  orders: ['decidedAt', 'arrivedAt', 'kind', 'policy', 'customer', 'product'],
  defaultOrder: ['decidedAt desc'],
});
implementFilter(api);
implementOrder(api);

const decision = builder.prismaNode('Decision', {
  id: { resolve: (row) => keyOf(api, row) },
  findUnique: (id) => {
    const [own = ''] = parseKey(id, api.key.length) ?? [];
    return { id: own };
  },
  fields: (t) => ({
    code: t.exposeString('id', {
      description: 'What the decision is known by, as events name it and as `recommendations` gives it.',
    }),
    kind: t.expose('kind', { type: enumOf('DecisionKind') }),
    customer: t.relation('customer', { nullable: true }),
    product: t.relation('product', { nullable: true }),
    cause: t.exposeString('cause'),
    policy: t.exposeString('policy'),
    policyPropensity: t.exposeFloat('policyPropensity'),
    model: t.exposeString('model', { nullable: true }),
    experiment: t.exposeString('experiment', { nullable: true }),
    arm: t.exposeString('arm', { nullable: true }),
    candidates: t.exposeInt('candidates'),
    position: t.exposeString('position'),
    details: t.exposeString('details', { nullable: true }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime' }),
    arrivedAt: t.expose('arrivedAt', { type: 'DateTime' }),
    slots: t.field({
      ...relatedSlots('Decision'),
      description: 'What was chosen, place by place, and what became of it.',
    }),
  }),
});

const decisionConnection = connectionType('Decision', decision);

/** The field that gives the decisions about a row of another model. */
export function relatedDecisions(parent: string) {
  return {
    type: decisionConnection,
    args: listArguments('Decision'),
    ...relatedList(parent, 'decisions'),
  };
}

builder.queryField('decisions', (t) =>
  t.field({
    type: decisionConnection,
    description: 'All that the system decided by itself, newest first unless you say otherwise.',
    args: listArguments('Decision'),
    ...rootList(api),
  }),
);
