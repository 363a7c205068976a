// Trainings: asked for, watched and cancelled.

import { serviceNames } from '../../src/services/host/registry-contract.js';
import type {
  TrainingEngine,
  TrainingReason,
  TrainingRecord,
  TrainingState,
} from '../../src/services/host/trainings-contract.js';
import { builder } from '../builder.js';
import { followExtension, notHere } from '../hub/source.js';
import { trainingCursor } from '../hub/training-cursor.js';
import { requireOperator } from '../require-operator.js';
import { rowsWanted } from '../rows-wanted.js';
import { serviceName } from './trained-model.js';

const states = {
  WAITING: { value: 'waiting', description: 'It was asked for and has not begun.' },
  RUNNING: { value: 'running', description: 'It is at work.' },
  REGISTERED: { value: 'registered', description: 'It is done, and its model is among `models`.' },
  CANCELLED: { value: 'cancelled', description: 'It was stopped before its end; there is no model of it.' },
  FAILED: { value: 'failed', description: 'It could not be done; `step` says why.' },
} as const satisfies Readonly<Record<Uppercase<TrainingState>, object>>;

const trainingState = builder.enumType('TrainingState', {
  description: 'How far a training has come.',
  values: states,
});

const reasons = {
  ASKED: { value: 'asked', description: 'Somebody asked for it.' },
  FIRST: { value: 'first', description: 'The service had no model yet.' },
  AGE: { value: 'age', description: 'The last training was long enough ago.' },
  EVENTS: { value: 'events', description: 'Enough has happened since the last training.' },
  DRIFT: { value: 'drift', description: 'Customers have begun to act otherwise since the last training.' },
} as const satisfies Readonly<Record<Uppercase<TrainingReason>, object>>;

export const trainingReason = builder.enumType('TrainingReason', {
  description: 'Why a training was begun.',
  values: reasons,
});

const engines = {
  OWN: { value: 'own', description: 'The gateway itself.' },
  SPARK: {
    value: 'spark',
    description:
      'An Apache Spark that is set up beside the gateway: for recommendation, where there are too many purchases for one machine. It makes the part of the model that answers by the strategy ALS; the gateway makes the others.',
  },
} as const satisfies Readonly<Record<Uppercase<TrainingEngine>, object>>;

const trainingEngine = builder.enumType('TrainingEngine', {
  description: 'What does the heavy part of a training.',
  values: engines,
});

const training = builder.objectRef<TrainingRecord>('Training').implement({
  description: 'One training of a model: why it was begun and how far it has come.',
  fields: (t) => ({
    number: t.int({
      description: 'Counts all trainings, from 1.',
      resolve: ({ id }) => id,
    }),
    service: t.expose('service', { type: serviceName, description: 'The service whose model is trained.' }),
    state: t.expose('state', { type: trainingState, description: 'How far it has come.' }),
    reason: t.expose('reason', { type: trainingReason, description: 'Why it was begun.' }),
    engine: t.expose('engine', { type: trainingEngine, description: 'What does the heavy part of it.' }),
    seed: t.exposeFloat('seed', {
      description:
        'The number that all of its random choices come from: the same seed on the same data gives the same model.',
    }),
    share: t.exposeFloat('share', { description: 'How much of it is done, from 0 to 1.' }),
    step: t.exposeString('step', {
      nullable: true,
      description: 'What is being done, or why it failed; null where there is nothing to say.',
    }),
    version: t.exposeInt('version', {
      nullable: true,
      description: 'The version of its model, as `models` lists it; null as long as there is none.',
    }),
    askedAt: t.expose('askedAt', { type: 'DateTime', description: 'When it was asked for.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it began; null while it waits.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended, in whatever way; null before.',
    }),
    cursor: t.string({
      description:
        'Stands for the training as it is now: give it as `after` in the next subscription, and only what has changed since is said.',
      resolve: trainingCursor,
    }),
  }),
});

const trainingsDefault = 50;

builder.queryField('trainings', (t) =>
  t.field({
    type: [training],
    description: 'The trainings of models, newest first; the first of them may still be at work.',
    args: {
      service: t.arg({ type: serviceName, description: 'Only those of this service.' }),
      first: t.arg.int({
        required: true,
        defaultValue: trainingsDefault,
        description: 'How many trainings are given.',
      }),
    },
    resolve: async (_root, { service, first }, context) => {
      const wanted = rowsWanted(first, context.limits.pageRows);
      return [...(await context.trainings.list({ ...(service ? { service } : {}), first: wanted }))];
    },
  }),
);

builder.mutationField('train', (t) =>
  t.field({
    type: training,
    description:
      'Asks for a training, which begins as soon as it can; the subscription `training` tells how it gets on. A service is trained once at a time. Needs the role operator.',
    args: {
      service: t.arg({ type: serviceName, required: true, description: 'The service to train a model for.' }),
      seed: t.arg.int({
        required: true,
        defaultValue: 1,
        description: 'The number that all random choices come from; another seed gives another model.',
      }),
      engine: t.arg({
        type: trainingEngine,
        required: true,
        defaultValue: 'own',
        description: 'What does the heavy part of it; only recommendation can be trained on SPARK.',
      }),
      promoteIfBetter: t.arg.boolean({
        required: true,
        defaultValue: true,
        description:
          'Whether the model serves at once when it is no worse than the one that serves; otherwise it waits for `promote`. The first model of a service always serves.',
      }),
    },
    resolve: (_root, { service, ...options }, context) => {
      requireOperator(context.scope, 'train models');
      return context.trainings.ask(service, options);
    },
  }),
);

builder.mutationField('cancelTraining', (t) =>
  t.field({
    type: training,
    description:
      'Stops the training of a service that waits or is at work; one at work ends within moments, and the subscription `training` tells when. Needs the role operator.',
    args: { service: t.arg({ type: serviceName, required: true, description: 'The service.' }) },
    resolve: (_root, { service }, context) => {
      requireOperator(context.scope, 'cancel trainings');
      return context.trainings.cancel(service);
    },
  }),
);

builder.subscriptionField('training', (t) =>
  t.field({
    type: training,
    description:
      'How trainings get on. First comes the newest training of each service as it stands, then every change of any. A connection that is slow gets the newest of each when it reads again.',
    args: {
      service: t.arg({ type: serviceName, description: 'Only trainings of this service.' }),
      after: t.arg.string({
        description: 'The cursor of the last message that was received: what it told is not said again.',
      }),
    },
    extensions: followExtension(({ service, after }) => ({
      kind: 'training',
      service: serviceNames.find((name) => name === service),
      after: typeof after === 'string' ? after : undefined,
    })),
    // Never asked: the hub follows in its place. Who comes here has come by a way that cannot carry a stream.
    subscribe: (): AsyncIterable<TrainingRecord> => {
      throw notHere();
    },
    resolve: (record) => record,
  }),
);
