// What the system may do by itself, and the switch of each.

import {
  type AutomaticAction,
  type AutomaticSwitch,
  automaticActions,
} from '../../src/warehouse/wheel/world.js';
import { builder } from '../builder.js';
import { requireOperator } from '../require-operator.js';

const descriptions: Readonly<Record<AutomaticAction, string>> = {
  RECOMMEND: 'To decide what customers are shown. While it is off, proposals are made without a decision.',
  CAMPAIGN: 'To make offers by campaigns.',
  REORDER: 'To decide that goods should be ordered.',
  LEARNING:
    'To learn: from what became of decisions, by trainings that nobody asked for, and by models that take the place of others.',
};

const action = builder.enumType('AutomaticAction', {
  description: 'Something that the system does by itself.',
  values: Object.fromEntries(
    automaticActions.map((name) => [name, { value: name, description: descriptions[name] }]),
  ),
});

const automatic = builder.objectRef<AutomaticSwitch>('AutomaticSwitch').implement({
  description: 'Whether the system may do something by itself.',
  fields: (t) => ({
    action: t.expose('action', { type: action, description: 'What it is about.' }),
    on: t.exposeBoolean('on', { description: 'Whether it may.' }),
    changedAt: t.expose('changedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When that was last switched; null for never.',
    }),
    changedBy: t.exposeString('changedBy', {
      nullable: true,
      description: 'The name of the key that switched it; null where no key was asked for.',
    }),
  }),
});

builder.queryField('automatic', (t) =>
  t.field({
    type: [automatic],
    description: 'Everything that the system does by itself, and whether it may.',
    resolve: async (_root, _args, { switches }) => [...(await switches.read())],
  }),
);

builder.mutationField('setAutomatic', (t) =>
  t.field({
    type: automatic,
    description:
      'Switches on or off what the system does by itself, at once on every replica. Only an operator may.',
    args: {
      action: t.arg({ type: action, required: true, description: 'What is switched.' }),
      on: t.arg.boolean({ required: true, description: 'Whether it may.' }),
    },
    resolve: async (_root, { action: name, on }, { switches, scope }) => {
      requireOperator(scope, 'switch what the system does by itself');
      const known = automaticActions.find((one) => one === name) ?? 'RECOMMEND';
      return switches.set(known, on, scope.principal);
    },
  }),
);
