// The places of decisions: what was chosen for each, how likely, and what became of it.

import { builder } from '../builder.js';
import { connectionType } from '../connection.js';
import { implementFilter } from '../filter-inputs.js';
import { parseKey } from '../global-id.js';
import { listArguments, relatedList } from '../list-field.js';
import { declareModel } from '../model.js';
import { keyOf } from '../node.js';
import { implementOrder } from '../order-inputs.js';

const api = declareModel('DecisionSlot', {
  key: ['decisionId', 'slot'],
  filters: [
    'slot',
    'choice',
    'shownAt',
    'closesAt',
    'respondedAt',
    'clickedAt',
    'cartedAt',
    'boughtAt',
    'lesson',
    'product',
    'customer',
  ],
  orders: ['slot', 'shownAt', 'respondedAt', 'product'],
  defaultOrder: ['slot'],
});
implementFilter(api);
implementOrder(api);

const decisionSlot = builder.prismaNode('DecisionSlot', {
  id: { resolve: (row) => keyOf(api, row) },
  findUnique: (id) => {
    const [decisionId = '', slot = ''] = parseKey(id, api.key.length) ?? [];
    return { decisionId_slot: { decisionId, slot: Number(slot) } };
  },
  fields: (t) => ({
    slot: t.exposeInt('slot'),
    product: t.relation('product', { nullable: true }),
    choice: t.exposeString('choice', { nullable: true }),
    score: t.exposeFloat('score'),
    propensity: t.exposeFloat('propensity'),
    features: t.exposeString('features', { nullable: true }),
    shownAt: t.expose('shownAt', { type: 'DateTime', nullable: true }),
    closesAt: t.expose('closesAt', { type: 'DateTime', nullable: true }),
    respondedAt: t.expose('respondedAt', { type: 'DateTime', nullable: true }),
    clickedAt: t.expose('clickedAt', { type: 'DateTime', nullable: true }),
    cartedAt: t.expose('cartedAt', { type: 'DateTime', nullable: true }),
    boughtAt: t.expose('boughtAt', { type: 'DateTime', nullable: true }),
    lesson: t.exposeString('lesson', { nullable: true }),
  }),
});

const slotConnection = connectionType('DecisionSlot', decisionSlot);

/** The field that gives the places of a decision. */
export function relatedSlots(parent: string) {
  return { type: slotConnection, args: listArguments('DecisionSlot'), ...relatedList(parent, 'slots') };
}
