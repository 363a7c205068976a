// Learners: what learns from every event as it comes, how good it is, and what it predicts.

import type { LearnerSummary, PredictItem } from '../../src/services/learning/contract.js';
import { builder } from '../builder.js';
import type { GatewayContext } from '../context.js';
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

const learnerScore = builder.objectRef<NonNullable<LearnerSummary['score']>>('LearnerScore').implement({
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

export const learner = builder.objectRef<LearnerSummary>('Learner').implement({
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
    score: t.expose('score', {
      type: learnerScore,
      nullable: true,
      description: 'How good it is; null where what it knows is damaged, until it begins anew.',
    }),
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
export const learningCostRows = 10;

async function predict(item: PredictItem, { calls }: GatewayContext): Promise<AskedPrediction> {
  return { ...(await calls.predict(item)), learner: item.model };
}

const learnerName = 'The name of the learner, such as purchase.';
const moment =
  'The moment at which they meet; only what happened before it counts. Now unless you say otherwise.';

const subject = builder.inputType('PredictionSubject', {
  description: 'Whom and what a prediction is about: a customer who meets a product.',
  fields: (t) => ({
    customer: t.string({
      description: 'The code of the customer, such as 17850; one that nobody has seen yet is a newcomer.',
    }),
    product: t.string({
      description: 'The code of the product, such as 22423; one that nobody has seen yet is a novelty.',
    }),
    at: t.field({ type: 'DateTime', description: moment }),
  }),
});

builder.queryField('predict', (t) =>
  t.field({
    type: prediction,
    nullable: true,
    description:
      'What a learner expects of a case: either of a customer who meets a product, or of numbers that describe it. `learners` lists what there is. Null, with an error that says why, when there is no such learner or it cannot be asked so.',
    args: {
      model: t.arg.string({ required: true, description: learnerName }),
      features: t.arg.floatList({
        description:
          'The numbers of the case, one for each of the columns of the learner, in their order; not beside `about`.',
      }),
      about: t.arg({
        type: subject,
        description:
          'Whom and what the case is about; the numbers are made from what is known of both, as they are of an event. Not beside `features`.',
      }),
    },
    extensions: { costRows: learningCostRows },
    resolve: (_root, { model, features, about }, context) =>
      predict(
        {
          model,
          features: features ?? undefined,
          about: about
            ? {
                customer: about.customer ?? undefined,
                product: about.product ?? undefined,
                at: about.at ?? undefined,
              }
            : undefined,
        },
        context,
      ),
  }),
);

builder.prismaObjectField('Customer', 'predict', (t) =>
  t.field({
    type: prediction,
    nullable: true,
    description:
      'What a learner expects of this customer with a product, such as how likely a purchase is. Null, with an error that says why, when there is no such learner or it reads nothing of customers and products.',
    args: {
      model: t.arg.string({ required: true, description: learnerName }),
      product: t.arg.string({
        required: true,
        description: 'The code of the product; one that nobody has seen yet is a novelty.',
      }),
      at: t.arg({ type: 'DateTime', description: moment }),
    },
    resolve: ({ code }, { model, product, at }, context) =>
      predict({ model, about: { customer: code, product, at: at ?? undefined } }, context),
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
