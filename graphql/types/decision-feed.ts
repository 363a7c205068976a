// The feed of decisions: each as it is written, before and beside its place in the warehouse.

import type { DecisionEvent } from '../../src/events/decision.js';
import type { FeedEvent } from '../../src/events/event-feed.js';
import { builder } from '../builder.js';
import { enumOf } from '../filter-inputs.js';
import { type DecisionFeedMessage, followExtension, notHere } from '../hub/source.js';

type Decided = DecisionEvent['decision'];

const choice = builder.objectRef<Decided['slots'][number]>('DecidedChoice').implement({
  description: 'What was chosen for one place of a decision.',
  fields: (t) => ({
    product: t.exposeString('product', {
      nullable: true,
      description: 'The code of the product, or null where the choice is none.',
    }),
    choice: t.exposeString('choice', {
      nullable: true,
      description: 'What was chosen where it is no product, or what is offered on it, such as DISCOUNT_10.',
    }),
    score: t.exposeFloat('score', {
      description: 'The score that it was chosen by; comparable within one decision only.',
    }),
    propensity: t.exposeFloat('propensity', {
      description: 'How likely it was chosen for this place, given the choices before it.',
    }),
  }),
});

const ofDecision = <T>(read: (decided: Decided) => T) => ({
  resolve: ({ found }: DecisionFeedMessage): T | null => (found ? read(found.event.decision) : null),
});

const decisionMessage = builder.objectRef<DecisionFeedMessage>('DecisionMessage').implement({
  description: 'A decision as it was written.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Where to go on: give it as `after` in the next subscription.',
      resolve: ({ cursor }) => cursor,
    }),
    code: t.string({
      nullable: true,
      description: 'What the decision is known by, as events name it.',
      ...ofDecision(({ id }) => id),
    }),
    kind: t.field({
      type: enumOf('DecisionKind'),
      nullable: true,
      description: 'What it is about.',
      ...ofDecision(({ kind }) => kind),
    }),
    customer: t.string({
      nullable: true,
      description: 'The code of the customer whom it is about, or null.',
      ...ofDecision(({ customer }) => customer),
    }),
    product: t.string({
      nullable: true,
      description: 'The code of the product that it is about, or null; what is proposed stands in `choices`.',
      ...ofDecision(({ product }) => product),
    }),
    cause: t.string({
      nullable: true,
      description: 'What made it: asked, a rule such as third-view, a campaign, or stock.',
      ...ofDecision(({ cause }) => cause),
    }),
    policy: t.string({
      nullable: true,
      description: 'How the choice was made.',
      ...ofDecision(({ policy }) => policy),
    }),
    model: t.string({
      nullable: true,
      description: 'The model that made it, such as recommendation/3; null without one.',
      ...ofDecision(({ model }) => model),
    }),
    arm: t.string({
      nullable: true,
      description: 'The arm of the experiment that its subject is in; null without one.',
      ...ofDecision(({ arm }) => arm),
    }),
    choices: t.field({
      type: [choice],
      nullable: true,
      description: 'What was chosen, in the order of the places.',
      ...ofDecision(({ slots }) => [...slots]),
    }),
    details: t.string({
      nullable: true,
      description: 'Everything else that belongs to it, as JSON text; null for nothing.',
      ...ofDecision(({ details }) => (details === null ? null : JSON.stringify(details))),
    }),
    decidedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was made, by the clock of the event log.',
      ...ofDecision(({ decidedAtMs }) => new Date(decidedAtMs)),
    }),
    notice: t.string({
      nullable: true,
      description:
        'Says that decisions are missing, or that the subscription ends because the connection was too slow; everything but the cursor is then null. Null in every other message.',
      resolve: ({ notice }) => notice ?? null,
    }),
  }),
});

type Accepts = (found: FeedEvent<DecisionEvent>) => boolean;

function acceptsOf(kind: unknown, customer: unknown): Accepts {
  return ({ event: { decision } }) =>
    (typeof kind !== 'string' || decision.kind === kind) &&
    (typeof customer !== 'string' || decision.customer === customer);
}

builder.subscriptionField('decisions', (t) =>
  t.field({
    type: decisionMessage,
    description:
      'Every decision as it is made, from now on or `after` a cursor. A connection that is too slow for them ends with a notice that says where to go on.',
    args: {
      kind: t.arg({ type: enumOf('DecisionKind'), description: 'Only decisions of this kind.' }),
      customer: t.arg.string({ description: 'Only decisions about the customer with this code.' }),
      after: t.arg.string({
        description:
          'The cursor of the last message that was received: the decisions that followed it come first.',
      }),
    },
    extensions: followExtension(({ kind, customer, after }) => ({
      kind: 'decisions',
      accepts: acceptsOf(kind, customer),
      after: typeof after === 'string' ? after : undefined,
    })),
    // Never asked: the hub follows in its place. Who comes here has come by a way that cannot carry a stream.
    subscribe: (): AsyncIterable<DecisionFeedMessage> => {
      throw notHere();
    },
    resolve: (message) => message,
  }),
);
