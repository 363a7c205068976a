// What customers did about proposals, as figures: rates by arm, the lift over what was held out, and other ways to choose.

import type { ArmFigures, LiftFigures, LiftSide } from '../../src/flywheel/report/arm-figures.js';
import type { PolicyFigures } from '../../src/flywheel/report/policy-figures.js';
import { builder } from '../builder.js';

interface Estimated {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A number that GraphQL can carry. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export const estimate = builder.objectRef<Estimated>('Estimate').implement({
  description:
    'A figure and how far it may be off by chance. The interval holds the truth in 95 of 100 cases; the more was shown to the more customers, the narrower it is.',
  fields: (t) => ({
    value: t.float({
      nullable: true,
      description: 'The figure; null where there is nothing to work it out from.',
      resolve: ({ value }) => finite(value),
    }),
    low: t.float({
      nullable: true,
      description: 'The lower end of its interval; null where nothing is known of it.',
      resolve: ({ low }) => finite(low),
    }),
    high: t.float({
      nullable: true,
      description: 'The upper end of its interval; null where nothing is known of it.',
      resolve: ({ high }) => finite(high),
    }),
  }),
});

const outcomeRateText =
  'The share of the shown places that were answered in any way, with an interval that takes what one customer does to hang together.';

export const armFigures = builder.objectRef<ArmFigures>('ArmFigures').implement({
  description:
    'What the customers of one arm of the experiment did about the products that were proposed to them. Only what was shown counts.',
  fields: (t) => ({
    arm: t.exposeString('arm', {
      description:
        'HOLDOUT gets the best sellers, untouched by anything that was learned; CHAMPION the model that serves; CHALLENGER a model that is on trial beside it.',
    }),
    customers: t.exposeInt('customers', { description: 'Customers who were shown something.' }),
    shown: t.exposeInt('shown', {
      description: 'Places that were shown: a list of ten products is ten places.',
    }),
    clicked: t.exposeInt('clicked', { description: 'Places whose product was clicked on.' }),
    bought: t.exposeInt('bought', { description: 'Places whose product was bought.' }),
    answered: t.exposeInt('answered', {
      description: 'Places that were answered in any way: clicked on, put into the cart or bought.',
    }),
    clickRate: t.exposeFloat('clickRate', { description: 'Clicked places per place that was shown.' }),
    conversionRate: t.exposeFloat('conversionRate', {
      description: 'Bought places per place that was shown.',
    }),
    outcomeRate: t.expose('outcomeRate', { type: estimate, description: outcomeRateText }),
  }),
});

const liftSide = builder.objectRef<LiftSide>('LiftSide').implement({
  description: 'How much one side of a comparison rests on.',
  fields: (t) => ({
    customers: t.exposeInt('customers', { description: 'Customers who were shown something.' }),
    shown: t.exposeInt('shown', { description: 'Places that were shown.' }),
    answered: t.exposeInt('answered', { description: 'Places that were answered in any way.' }),
    outcomeRate: t.expose('outcomeRate', { type: estimate, description: outcomeRateText }),
  }),
});

export const liftFigures = builder.objectRef<LiftFigures>('Lift').implement({
  description:
    'By how much proposals that were learned are answered more often than best sellers: the customers of all arms beside those who are held out, who were told apart by chance. It works when the interval of `difference` is above 0.',
  fields: (t) => ({
    difference: t.expose('difference', {
      type: estimate,
      description:
        'The outcome rate of the treated less that of the held out: 0.02 means two more answers to a hundred places. All from -1 to 1 is possible while a side has shown nothing, or to one customer only.',
    }),
    ratio: t.expose('ratio', {
      type: estimate,
      description:
        'The outcome rate of the treated divided by that of the held out: 1.25 means a quarter more answers, 1 no difference. Its upper end is null while the held out have answered nothing.',
    }),
    treated: t.expose('treated', { type: liftSide, description: 'The customers of all arms but HOLDOUT.' }),
    heldOut: t.expose('heldOut', { type: liftSide, description: 'The customers of the arm HOLDOUT.' }),
  }),
});

export const policyFigures = builder.objectRef<PolicyFigures>('PolicyFigures').implement({
  description:
    'What another way to choose would have earned, worked out from what was chosen: a choice that it would have made more often counts more. The figures are outcome rates per place, had it filled the place and all before it had stayed as they were; compare them with `outcomeRate` of the arms.',
  fields: (t) => ({
    policy: t.exposeString('policy', {
      description:
        'The way to choose: recommender, learner, blend of both, or challenger, the model on trial.',
    }),
    slots: t.exposeInt('slots', { description: 'Shown places that it was worked out from.' }),
    customers: t.exposeInt('customers', { description: 'The customers to whom they were shown.' }),
    effectiveSlots: t.exposeFloat('effectiveSlots', {
      description:
        'So many places, chosen in this very way, would tell as much. Where they are below some hundred, trust none of the figures.',
    }),
    meanWeight: t.float({
      nullable: true,
      description: 'Near 1 while the logged chances are true; far from it something is wrong with them.',
      resolve: ({ meanWeight }) => finite(meanWeight),
    }),
    ips: t.expose('ips', {
      type: estimate,
      description:
        'By weighing each answer with how much more likely it was to be chosen in this way (inverse propensity scores): true on average, and unsteady.',
    }),
    snips: t.expose('snips', {
      type: estimate,
      description: 'The same over the sum of the weights (self-normalised): steadier, and off by little.',
    }),
    doublyRobust: t.field({
      type: estimate,
      nullable: true,
      description:
        'From what the learner expected, set right by what came (doubly robust): true on average whatever the learner says, and the steadier the better it is. Null where it said nothing.',
      resolve: ({ doublyRobust }) => doublyRobust,
    }),
  }),
});
