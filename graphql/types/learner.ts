// Learners: what learns from every event as it comes, how good it is, and what it predicts.

import type { LearnerSummary } from '../../src/services/learning/contract.js';
import { builder } from '../builder.js';
import { degradedField } from '../served-fields.js';
import type { Served } from '../service-calls.js';

const tasks = {
  REGRESSION: { value: 'regression', description: 'It predicts a number.' },
  CLASSIFICATION: {
    value: 'classification',
    description: 'It predicts how likely it is that something happens, from 0 to 1.',
  },
} as const satisfies Readonly<Record<Uppercase<LearnerSummary['task']>, object>>;

const learnerTask = builder.enumType('LearnerTask', {
  description: 'What kind of answer a learner gives.',
  values: tasks,
});

const learnerScore = builder.objectRef<LearnerSummary['score']>('LearnerScore').implement({
  description: 'How good a learner is: every example is predicted first and learned afterwards.',
  fields: (t) => ({
    examples: t.exposeInt('examples', { description: 'How many examples were predicted so far.' }),
    loss: t.exposeFloat('loss', {
      description:
        'How far its predictions were off: for a number the mean distance from what came, for a likelihood the mean logarithmic loss. The smaller the better.',
    }),
    baselineLoss: t.exposeFloat('baselineLoss', {
      description:
        'The same for somebody who always says the average of what came so far; a useful learner has less.',
    }),
    accuracy: t.exposeFloat('accuracy', {
      nullable: true,
      description: 'The share of right answers, from 0 to 1; null for a learner that predicts a number.',
    }),
  }),
});

const learner = builder.objectRef<LearnerSummary>('Learner').implement({
  description: 'Something that learns from every event as it comes, and can be asked with `predict`.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name to ask it by.' }),
    version: t.exposeInt('version', {
      description: 'Is raised when what it reads is changed; it then learns anew from the first example.',
    }),
    description: t.exposeString('description', { description: 'What it predicts, and from what.' }),
    task: t.expose('task', { type: learnerTask, description: 'What kind of answer it gives.' }),
    topic: t.exposeString('topic', { description: 'Which events its examples come from.' }),
    columns: t.exposeStringList('columns', {
      description: 'What each number of `features` is, in their order.',
    }),
    score: t.expose('score', { type: learnerScore, description: 'How good it is.' }),
    drifts: t.exposeInt('drifts', {
      description: 'How often its error changed so much that the world must have changed.',
    }),
    lastDrift: t.exposeInt('lastDrift', {
      nullable: true,
      description: 'The number of the example at which that was last seen; null if it never was.',
    }),
  }),
});

interface AskedPrediction extends Served<{ readonly prediction: number; readonly examples: number }> {
  /** The learner that was asked. */
  readonly learner: string;
}

/** The learner's own part where the answer names all that were asked with it: `learning/a@1+b@2`. */
function modelOf({ model, learner: name }: AskedPrediction): string | null {
  const [service, learners = ''] = model?.split('/') ?? [];
  const own = learners.split('+').find((part) => part.startsWith(`${name}@`));
  return own === undefined ? model : `${service}/${own}`;
}

const prediction = builder.objectRef<AskedPrediction>('Prediction').implement({
  description: 'What a learner expects.',
  fields: (t) => ({
    value: t.float({
      nullable: true,
      description:
        'The expected number, or how likely it is, from 0 to 1; null while the learner cannot be reached and nothing is remembered.',
      resolve: ({ result }) => result?.prediction ?? null,
    }),
    examples: t.int({
      nullable: true,
      description: 'From how many examples the learner had learned; null where there is no value.',
      resolve: ({ result }) => result?.examples ?? null,
    }),
    model: t.string({
      nullable: true,
      description: 'The learner and its version, such as learning/click@1; null where there is no value.',
      resolve: modelOf,
    }),
    degraded: degradedField(t),
  }),
});

/** What either question is taken to touch: the service reads what all of its learners know. */
const learningCostRows = 10;

builder.queryField('predict', (t) =>
  t.field({
    type: prediction,
    nullable: true,
    description:
      'What a learner expects of numbers that describe a case. `learners` lists what there is, and what each number means. Null, with an error that says why, when there is no such learner or the numbers do not fit it.',
    args: {
      model: t.arg.string({ required: true, description: 'The name of the learner, such as click.' }),
      features: t.arg.floatList({
        required: true,
        description: 'The numbers, one for each of the columns of the learner, in their order.',
      }),
    },
    extensions: { costRows: learningCostRows },
    resolve: async (_root, { model, features }, { calls }) => ({
      ...(await calls.predict({ model, features })),
      learner: model,
    }),
  }),
);

builder.queryField('learners', (t) =>
  t.field({
    type: [learner],
    nullable: true,
    description:
      'Everything that learns from events as they come, and how good it is; null while it cannot be reached and nothing is remembered.',
    extensions: { costRows: learningCostRows },
    resolve: async (_root, _args, { calls }) => {
      const { result } = await calls.learners({});
      return result && [...result];
    },
  }),
);
