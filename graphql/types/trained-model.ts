// The models of the services: what each was trained on, how good it is, and which of them serves.

import { forecastingDescription } from '../../src/services/forecasting/contract.js';
import type {
  Model,
  ModelRole,
  ModelStatus,
  ModelStep,
  ModelStepName,
  ServiceName,
} from '../../src/services/host/registry-contract.js';
import { learningDescription } from '../../src/services/learning/contract.js';
import { recommendationDescription } from '../../src/services/recommendation/contract.js';
import { segmentationDescription } from '../../src/services/segmentation/contract.js';
import { builder } from '../builder.js';
import { requireOperator } from '../require-operator.js';
import { rowsWanted } from '../rows-wanted.js';

const services = {
  RECOMMENDATION: { value: 'recommendation', description: recommendationDescription },
  SEGMENTATION: { value: 'segmentation', description: segmentationDescription },
  FORECASTING: { value: 'forecasting', description: forecastingDescription },
  LEARNING: { value: 'learning', description: learningDescription },
} as const satisfies Readonly<Record<Uppercase<ServiceName>, object>>;

export const serviceName = builder.enumType('ServiceName', {
  description: 'The services that answer with models.',
  values: services,
});

const statuses = {
  CHAMPION: { value: 'champion', description: 'It serves: answers come from it.' },
  CHALLENGER: {
    value: 'challenger',
    description:
      'It is newer than the champion and waits: for the end of its trial, if it has that `role`, and otherwise for `promote`, since it was worse when it was trained or nobody wanted it to serve.',
  },
  RETIRED: {
    value: 'retired',
    description: 'It served before, was passed over by a newer one, or lost its trial.',
  },
} as const satisfies Readonly<Record<Uppercase<ModelStatus>, object>>;

const modelStatus = builder.enumType('ModelStatus', {
  description: 'What a model is for its service.',
  values: statuses,
});

const roles = {
  CHAMPION: {
    value: 'champion',
    description: 'Everybody is answered by it, but for those who get a challenger.',
  },
  CHALLENGER: {
    value: 'challenger',
    description:
      'It is on trial: a share of customers is answered by it, so that what they do can be compared with what all others do.',
  },
} as const satisfies Readonly<Record<Uppercase<ModelRole>, object>>;

const modelRole = builder.enumType('ModelRole', {
  description: 'What a model that serves does beside others.',
  values: roles,
});

const stepNames = {
  CHALLENGED: { value: 'challenged', description: 'Its trial began: a share of customers gets it.' },
  PROMOTED: { value: 'promoted', description: 'It became the champion.' },
  WITHDRAWN: { value: 'withdrawn', description: 'It ceased to serve.' },
  RESTORED: {
    value: 'restored',
    description: 'It became the champion again when a later one was rolled back.',
  },
} as const satisfies Readonly<Record<Uppercase<ModelStepName>, object>>;

const modelStepName = builder.enumType('ModelStepName', {
  description: 'What can be done with a model on its way to serve.',
  values: stepNames,
});

const modelStep = builder.objectRef<ModelStep>('ModelStep').implement({
  description: 'Something that was done with a model, by the system or by an operator, and why.',
  fields: (t) => ({
    step: t.expose('step', { type: modelStepName, description: 'What was done.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was done.' }),
    reason: t.exposeString('reason', { description: 'Why, as a sentence.' }),
    figures: t.string({
      nullable: true,
      description:
        'What it was decided by, as JSON text: how many places of proposals each model was shown in and how many were answered, the difference of the two rates, and the ends of the interval that it lies in with the confidence that is named; null where nothing was measured for it.',
      resolve: ({ figures }) => (figures === null ? null : JSON.stringify(figures)),
    }),
  }),
});

const betterFigures = builder.enumType('BetterFigures', {
  description: 'Which figures of a measure are the better ones.',
  values: {
    LARGER: { value: 'larger' as const, description: 'The larger the better, as for a share of hits.' },
    SMALLER: { value: 'smaller' as const, description: 'The smaller the better, as for an error.' },
  },
});

const modelRows = builder.objectRef<{ name: string; count: number }>('ModelRows').implement({
  description: 'How much of one kind a model was trained on.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What was counted, such as customers.' }),
    count: t.exposeInt('count', { description: 'How many there were.' }),
  }),
});

const modelQuality = builder.objectRef<{ measure: string; value: number | null }>('ModelQuality').implement({
  description: 'A figure of how good a model is.',
  fields: (t) => ({
    measure: t.exposeString('measure', {
      description:
        'What was measured, such as ndcg@10 (how well ten recommendations meet what was bought next) or silhouette (how clearly groups stand apart).',
    }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'The figure; null where it could not be worked out.',
    }),
  }),
});

const decidingMeasure = builder.objectRef<Model['decidedBy']>('DecidingMeasure').implement({
  description: 'The measure that decides whether a new model is better than this one.',
  fields: (t) => ({
    measure: t.exposeString('measure', { description: 'One of the measures of `quality`.' }),
    better: t.expose('better', { type: betterFigures, description: 'Which of its figures are better.' }),
  }),
});

export const model = builder.objectRef<Model>('Model').implement({
  description: 'A version of what a service learned from the data.',
  fields: (t) => ({
    name: t.string({
      description: 'The service and the version, such as recommendation/3; answers name their model by it.',
      resolve: ({ service, version }) => `${service}/${version}`,
    }),
    service: t.expose('service', { type: serviceName, description: 'The service that it is for.' }),
    version: t.exposeInt('version', { description: 'Counts the models of the service, from 1.' }),
    status: t.expose('status', { type: modelStatus, description: 'Whether it serves.' }),
    role: t.expose('role', {
      type: modelRole,
      nullable: true,
      description:
        'What it does now: a model on trial serves beside the champion. Null where it does not serve.',
    }),
    steps: t.field({
      type: [modelStep],
      description: 'What was done with it on its way to serve and back, the first first.',
      resolve: ({ steps }) => [...steps],
    }),
    trainedAt: t.expose('trainedAt', { type: 'DateTime', description: 'When its training was done.' }),
    promotedAt: t.expose('promotedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last began to serve, by a promotion or by a rollback; null if it never did.',
    }),
    sizeBytes: t.exposeInt('sizeBytes', {
      description: 'How large it is, or was when it was dropped, in bytes.',
    }),
    kept: t.exposeBoolean('isKept', {
      description:
        'Whether it is still there, so that it can serve. Of the models that never served the newest five are kept, and of those that served before the last ten; of older ones only these figures remain.',
    }),
    rows: t.field({
      type: [modelRows],
      description: 'How much it was trained on, by kind.',
      resolve: ({ rows }) => Object.entries(rows).map(([name, count]) => ({ name, count })),
    }),
    dataFrom: t.expose('dataFrom', {
      type: 'DateTime',
      nullable: true,
      description: 'When the earliest fact happened that it was trained on; null where there was none.',
    }),
    dataTo: t.expose('dataTo', {
      type: 'DateTime',
      nullable: true,
      description: 'When the latest fact happened that it was trained on; null where there was none.',
    }),
    seed: t.exposeFloat('seed', {
      description:
        'The number that all random choices of its training came from: the same seed on the same data gives the same model.',
    }),
    parameters: t.string({
      description: 'What was chosen for it, such as methods and their weights, as JSON text.',
      resolve: ({ parameters }) => JSON.stringify(parameters),
    }),
    quality: t.field({
      type: [modelQuality],
      description: 'How good it was on a part of the data that was held back from its training.',
      resolve: ({ quality }) => Object.entries(quality).map(([measure, value]) => ({ measure, value })),
    }),
    decidedBy: t.expose('decidedBy', {
      type: decidingMeasure,
      description: 'By which measure a newer model has to be no worse to take its place by itself.',
    }),
  }),
});

const modelsDefault = 50;

builder.queryField('models', (t) =>
  t.field({
    type: [model],
    description:
      'The models of the services, newest first: what each was trained on, how good it is, and which of them serves. Forecasting and learning keep none here: the one works out its answer for every series, and the other learns with every event; see `learners`.',
    args: {
      service: t.arg({ type: serviceName, description: 'Only those of this service.' }),
      first: t.arg.int({
        required: true,
        defaultValue: modelsDefault,
        description: 'How many models are given.',
      }),
    },
    resolve: async (_root, { service, first }, context) => {
      const wanted = rowsWanted(first, context.limits.pageRows);
      const models = await context.models.models(service ?? undefined, wanted);
      return [...models];
    },
  }),
);

builder.mutationField('promote', (t) =>
  t.field({
    type: model,
    description:
      'Lets a model serve from now on; it must be one that is `kept`. The switch is one step: answers that are being worked out end on the model that they began with. Needs the role operator.',
    args: {
      service: t.arg({ type: serviceName, required: true, description: 'The service.' }),
      version: t.arg.int({ required: true, description: 'The version of its model, as `models` lists it.' }),
    },
    resolve: (_root, { service, version }, context) => {
      requireOperator(context.scope, 'promote models');
      return context.models.promote(service, version);
    },
  }),
);

builder.mutationField('rollback', (t) =>
  t.field({
    type: model,
    description:
      'Lets the model serve again that served before this one: the answers are again what they were. Needs the role operator.',
    args: { service: t.arg({ type: serviceName, required: true, description: 'The service.' }) },
    resolve: (_root, { service }, context) => {
      requireOperator(context.scope, 'roll models back');
      return context.models.rollback(service);
    },
  }),
);
