// The wheel itself: how far it has come. Every stage with its figures is a field of this type, read when it is asked for.

import type { WheelReport } from '../../src/flywheel/report/reports.js';
import { type Model, type ServiceName, serviceNames } from '../../src/services/host/registry-contract.js';
import { type TrainingReason, trainingReasons } from '../../src/services/host/trainings-contract.js';
import type { LearnedBy } from '../../src/warehouse/wheel/report-reads.js';
import { builder } from '../builder.js';
import type { GatewayContext } from '../context.js';
import { decisionKind } from './decision-kind.js';
import { armFigures, liftFigures, policyFigures } from './flywheel-figures.js';
import { learner, learningCostRows } from './learner.js';
import { freshness, reportCostRows } from './report.js';
import { model, serviceName } from './trained-model.js';
import { trainingReason } from './training.js';

/** What a count over the range is taken to touch: it reads an index, but nothing bounds the range. */
const countCostRows = 1_000;

const flywheelEvents = builder.objectRef<{ count: number }>('FlywheelEvents').implement({
  description: 'What came in: everything that customers were seen to do.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many events happened in the span.' }),
  }),
});

interface Trained {
  readonly service: ServiceName;
  readonly count: number;
  readonly lastAt: Date;
  readonly lastReason: TrainingReason | null;
}

const flywheelTrainings = builder.objectRef<Trained>('FlywheelTrainings').implement({
  description: 'The trainings of a service that led to a new model.',
  fields: (t) => ({
    service: t.expose('service', { type: serviceName, description: 'The service.' }),
    count: t.exposeInt('count', { description: 'How many ended in the span.' }),
    lastAt: t.expose('lastAt', { type: 'DateTime', description: 'When the last of them ended.' }),
    lastReason: t.expose('lastReason', {
      type: trainingReason,
      nullable: true,
      description: 'Why the last of them was begun; null for a reason that is known no more.',
    }),
  }),
});

async function trained(report: WheelReport): Promise<Trained[]> {
  return (await report.trainings()).flatMap(({ service, count, lastAt, lastReason }) => {
    const known = serviceNames.find((name) => name === service);
    if (known === undefined) return [];
    const reason = trainingReasons.find((name) => name === lastReason);
    return [{ service: known, count, lastAt, lastReason: reason ?? null }];
  });
}

const flywheelModels = builder
  .objectRef<{ readonly service: ServiceName; readonly champion: Model }>('FlywheelModels')
  .implement({
    description: 'Which models of a service are at work now.',
    fields: (t) => ({
      service: t.expose('service', { type: serviceName, description: 'The service.' }),
      champion: t.expose('champion', { type: model, description: 'The model that serves.' }),
      challenger: t.field({
        type: model,
        nullable: true,
        description: 'The model that serves some customers beside it, on trial; null while there is none.',
        resolve: ({ service }, _args, { models }) => models.challenger(service),
      }),
    }),
  });

async function serving({ models }: GatewayContext) {
  const champions = await Promise.all(
    serviceNames.map(async (service) => ({ service, champion: await models.champion(service) })),
  );
  return champions.flatMap(({ service, champion }) =>
    champion === undefined ? [] : [{ service, champion }],
  );
}

const decisionCount = builder.objectRef<{ kind: string; count: number }>('DecisionCount').implement({
  description: 'How many decisions of one kind were made.',
  fields: (t) => ({
    kind: t.expose('kind', { type: decisionKind, description: 'What they are about.' }),
    count: t.exposeInt('count', { description: 'How many there are.' }),
  }),
});

const learnerDrift = builder.objectRef<LearnedBy>('LearnerDrift').implement({
  description: 'How far a learner has come, and whether the world has changed under it.',
  fields: (t) => ({
    learner: t.exposeString('learner', { description: 'Its name, as `learners` lists it.' }),
    examples: t.exposeInt('examples', { description: 'How many examples it has learned in all.' }),
    learnedAt: t.expose('learnedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it learned last; null for never.',
    }),
    driftedAt: t.expose('driftedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When its error last changed so much that the world must have changed; null for never. That begins a training.',
    }),
  }),
});

export const flywheel = builder.objectRef<WheelReport>('Flywheel').implement({
  description:
    'The wheel from events to decisions and back, each stage with its figures. Each figure is worked out only when it is asked for.',
  fields: (t) => ({
    position: t.string({
      description:
        'The ends of the event log at this moment, to be handed to `settled`: everything that was sent before lies before it.',
      resolve: (_report, _args, { progress }) => progress.position(),
    }),
    settled: t.boolean({
      description:
        'Whether everything before a position has been read, worked out and learned, so that answers and figures hold all of it.',
      args: { position: t.arg.string({ required: true, description: 'A position that was given before.' }) },
      resolve: (_report, { position }, { progress }) => progress.settled(position),
    }),
    watermark: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'How far the time of events has come, which is the clock of all decisions; null before the first event.',
      resolve: (report) => report.watermark(),
    }),
    attributionWindowMs: t.exposeFloat('attributionWindowMs', {
      description:
        'For how long after it was shown what a customer does is put down to a decision, in milliseconds.',
    }),
    events: t.field({
      type: flywheelEvents,
      description: 'The events of the span.',
      extensions: { costRows: countCostRows },
      resolve: async (report) => ({ count: await report.events() }),
    }),
    freshness: t.field({
      type: freshness,
      description: 'How fresh the events are, whatever the span.',
      resolve: (report) => report.freshness(),
    }),
    trainings: t.field({
      type: [flywheelTrainings],
      description: 'The trainings that ended in the span with a new model, by service.',
      extensions: { costRows: countCostRows },
      resolve: trained,
    }),
    models: t.field({
      type: [flywheelModels],
      description: 'The models that are at work now, by service; services without one are left out.',
      extensions: { costRows: serviceNames.length },
      resolve: (_report, _args, context) => serving(context),
    }),
    learners: t.field({
      type: [learner],
      nullable: true,
      description:
        'Everything that learns from events as they come, and how good it is now; null while it cannot be reached and nothing is remembered.',
      extensions: { costRows: learningCostRows },
      resolve: async (_report, _args, { calls }) => {
        const { result } = await calls.learners({});
        return result && [...result];
      },
    }),
    drift: t.field({
      type: [learnerDrift],
      description: 'How far the learners have come by now, and when each last saw the world change.',
      extensions: { costRows: learningCostRows },
      resolve: async (report) => [...(await report.learned())],
    }),
    decisions: t.field({
      type: [decisionCount],
      description: 'The decisions that were made in the span, by kind; kinds without any are left out.',
      extensions: { costRows: countCostRows },
      resolve: async (report) => [...(await report.decisions())],
    }),
    exposures: t.int({
      description: 'How many places of decisions were shown in the span, whatever their kind.',
      extensions: { costRows: countCostRows },
      resolve: (report) => report.exposures(),
    }),
    outcomes: t.int({
      description:
        'How many places of decisions were answered for the first time in the span, whenever they were shown.',
      extensions: { costRows: countCostRows },
      resolve: (report) => report.outcomes(),
    }),
    unknownOutcomes: t.int({
      description:
        'How many events of the span name a decision that nobody knows. They are kept, and count as soon as their decision arrives.',
      extensions: { costRows: countCostRows },
      resolve: (report) => report.unknownOutcomes(),
    }),
    arms: t.field({
      type: [armFigures],
      description:
        'What customers did about the products that were proposed to them and shown in the span, by the arm of the experiment that they are in. An answer counts whenever it came.',
      extensions: { costRows: reportCostRows },
      resolve: async (report) => [...(await report.arms())],
    }),
    lift: t.field({
      type: liftFigures,
      description:
        'By how much proposals that were learned do better than best sellers, of those that were shown in the span.',
      extensions: { costRows: reportCostRows },
      resolve: (report) => report.lift(),
    }),
    offPolicy: t.field({
      type: [policyFigures],
      description:
        'What other ways to choose would have earned, from the choices that were shown in the span and the chances that were logged with them. Choose a span with at most a million shown places: more may take too long.',
      extensions: { costRows: reportCostRows },
      resolve: async (report) => [...(await report.offPolicy())],
    }),
    coverage: t.float({
      nullable: true,
      description:
        'The share of the products on sale (those not known to be out of stock) that were shown in the span, from 0 to 1; null where nothing is on sale.',
      extensions: { costRows: countCostRows },
      resolve: async (report) => (await report.shown()).coverage,
    }),
    concentration: t.float({
      nullable: true,
      description:
        'How unevenly the products on sale were shown in the span: 0 when all alike, near 1 when one had nearly everything (the Gini coefficient); null where nothing is on sale.',
      extensions: { costRows: countCostRows },
      resolve: async (report) => (await report.shown()).concentration,
    }),
  }),
});

builder.queryField('flywheel', (t) =>
  t.field({
    type: flywheel,
    description: 'The wheel from events to decisions and back, over all times or within a span.',
    args: {
      from: t.arg({ type: 'DateTime', description: 'Only what happened at this moment or later.' }),
      to: t.arg({ type: 'DateTime', description: 'Only what happened before this moment.' }),
    },
    resolve: (_root, { from, to }, { wheelReports, onAbandon }) =>
      wheelReports.open({ from: from ? new Date(from) : null, to: to ? new Date(to) : null }, onAbandon),
  }),
);
