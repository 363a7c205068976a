// Campaigns: offers to the customers of a segment, within limits, and what a run of one decides for whom.

import { FlywheelError } from '../../src/core/errors.js';
import { amountOf } from '../../src/flywheel/campaigns/campaign-arms.js';
import { termBounds, usualTerms } from '../../src/flywheel/campaigns/campaign-terms.js';
import { type PlannedCustomer, type Verdict, verdicts } from '../../src/flywheel/campaigns/plan-chunk.js';
import type { CampaignRun } from '../../src/flywheel/campaigns/run-campaign.js';
import { type SegmentName, segmentNames } from '../../src/services/segmentation/contract.js';
import type { CampaignRecord } from '../../src/warehouse/wheel/campaigns.js';
import { builder } from '../builder.js';
import { enumOf } from '../filter-inputs.js';
import { requireOperator } from '../require-operator.js';
import { requireWriter } from '../require-writer.js';
import { rowsWanted } from '../rows-wanted.js';

const segmentName = enumOf('SegmentName');
const minuteMs = 60_000;

const state = builder.enumType('CampaignState', {
  description: 'Whether a campaign makes offers.',
  values: {
    RUNNING: { value: 'running', description: 'It makes offers when it is run, or due.' },
    STOPPED: { value: 'stopped', description: 'It makes none until it is started again.' },
  } as const,
});

/** What each term means, for the campaign as for what is asked of a new one. */
const meanings = {
  name: 'What the campaign is known by.',
  segment: 'The segment that it goes to.',
  offers:
    'The offers that it chooses among, such as DISCOUNT_10 for ACTIVE customers, WIN_BACK_15 for AT_RISK and LOST ones, FIRST_PURCHASE_10 for POTENTIAL ones. Whoever sends them knows what the names mean.',
  costs: 'What each offer is taken to cost, in the order of `offers` and the currency of the sales.',
  everyDays: 'After how many days a customer may get another offer, of this campaign or any other.',
  offersMax: 'How many offers it may make in all.',
  budget: 'What all of its offers may cost together, each counted with its cost when it is made.',
  holdoutShare: 'The share of customers who get nothing, for comparison.',
  hours:
    'The hours of day (UTC) in which it may send; all others are quiet: nothing is decided then, and no offer is for then.',
  everyMinutes: 'How often it looks for customers by itself, in minutes by the clock of the event log.',
} as const;

const everyMinutesOf = (everyMs: number | null) => (everyMs === null ? null : everyMs / minuteMs);

export const campaign = builder.objectRef<CampaignRecord>('Campaign').implement({
  description:
    'Offers to the customers of a segment, each decided for once: which offer, and for which hour of day, is learned from what customers did after others like it. Its decisions have the cause `campaign:` with its name.',
  fields: (t) => ({
    name: t.exposeString('name', { description: meanings.name }),
    segment: t.field({ type: segmentName, description: meanings.segment, resolve: (one) => one.segment }),
    offers: t.stringList({ description: meanings.offers, resolve: ({ offers }) => [...offers] }),
    costs: t.floatList({ description: meanings.costs, resolve: ({ costs }) => [...costs] }),
    everyDays: t.exposeInt('everyDays', { description: meanings.everyDays }),
    offersMax: t.exposeInt('offersMax', {
      nullable: true,
      description: `${meanings.offersMax} Null without a limit.`,
    }),
    budget: t.exposeFloat('budget', {
      nullable: true,
      description: `${meanings.budget} Null without a limit.`,
    }),
    holdoutShare: t.exposeFloat('holdoutShare', { description: meanings.holdoutShare }),
    hours: t.intList({ description: meanings.hours, resolve: ({ hours }) => [...hours] }),
    everyMinutes: t.float({
      nullable: true,
      description: `${meanings.everyMinutes} Null for only when it is run.`,
      resolve: ({ everyMs }) => everyMinutesOf(everyMs),
    }),
    state: t.field({ type: state, description: 'Whether it makes offers.', resolve: (one) => one.state }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    ranAt: t.expose('ranAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it last looked at all of its customers, by the clock of the event log; null for never.',
    }),
    offersMade: t.exposeInt('offersMade', { description: 'How many offers it has made.' }),
    heldOut: t.exposeInt('heldOut', {
      description: 'How many customers it decided to give nothing, for comparison.',
    }),
    spent: t.exposeFloat('spent', { description: 'What the offers that it has made may cost.' }),
  }),
});

const verdictMeanings: Readonly<Record<Verdict, string>> = {
  OFFER: 'Gets an offer.',
  HELD_OUT: 'Gets nothing, for comparison; that is decided and logged, too.',
  DECIDED: 'Was decided for by this campaign before.',
  CAPPED: 'Got an offer of a campaign too lately.',
  OFFERS_MAX: 'Would be one offer too many.',
  BUDGET: 'Would cost more than is left.',
  QUIET: 'Is let alone, because this hour is quiet.',
  STOPPED: 'Gets nothing, because the campaign is stopped.',
  SWITCHED_OFF: 'Gets nothing, because campaigns are switched off.',
};

const verdict = builder.enumType('CampaignVerdict', {
  description: 'What a campaign does for a customer, or why it does nothing.',
  values: Object.fromEntries(
    verdicts.map((name) => [name, { value: name, description: verdictMeanings[name] }]),
  ),
});

const verdictCount = builder
  .objectRef<{ readonly verdict: Verdict; readonly customers: number }>('CampaignVerdictCount')
  .implement({
    description: 'How many customers one thing was done for.',
    fields: (t) => ({
      verdict: t.expose('verdict', { type: verdict, description: 'What was done, or why nothing was.' }),
      customers: t.exposeInt('customers', { description: 'For how many customers.' }),
    }),
  });

const campaignCustomer = builder.objectRef<PlannedCustomer>('CampaignCustomer').implement({
  description: 'What a run of a campaign does for one customer.',
  fields: (t) => ({
    customer: t.string({ description: 'The code of the customer.', resolve: (one) => one.customer.code }),
    verdict: t.expose('verdict', { type: verdict, description: 'What it does, or why it does nothing.' }),
    choice: t.string({
      nullable: true,
      description:
        'The offer with the hour of day (UTC) from which on it is to be sent, such as DISCOUNT_10@18; null without an offer.',
      resolve: ({ offer }) => offer?.arm.choice ?? null,
    }),
    propensity: t.float({
      nullable: true,
      description: 'How likely that was chosen among all that could be paid; null without an offer.',
      resolve: ({ offer }) => offer?.propensity ?? null,
    }),
    cost: t.float({
      nullable: true,
      description: 'What the offer may cost; null without one.',
      resolve: ({ offer }) => (offer === null ? null : amountOf(offer.arm.costParts)),
    }),
  }),
});

const campaignRun = builder.objectRef<CampaignRun & { readonly dryRun: boolean }>('CampaignRun').implement({
  description: 'What a run of a campaign decided, or would decide.',
  fields: (t) => ({
    campaign: t.exposeString('campaign', { description: 'The name of the campaign.' }),
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether nothing was decided.' }),
    customers: t.exposeInt('customers', { description: 'How many customers of the segment it looked at.' }),
    counts: t.field({
      type: [verdictCount],
      description: 'What it did for how many of them.',
      resolve: ({ counts }) =>
        verdicts.flatMap((name) => {
          const customers = counts.get(name);
          return customers === undefined ? [] : [{ verdict: name, customers }];
        }),
    }),
    cost: t.exposeFloat('cost', { description: 'What the offers of this run may cost.' }),
    endedBy: t.field({
      type: verdict,
      nullable: true,
      description:
        'Why it ended before it had looked at everybody: QUIET, STOPPED or SWITCHED_OFF; null where it did not.',
      resolve: ({ endedBy }) => endedBy,
    }),
    decisions: t.field({
      type: [campaignCustomer],
      description: 'What it does for the first customers, in the order of their codes.',
      resolve: ({ told }) => [...told],
    }),
  }),
});

const campaignInput = builder.inputType('CampaignInput', {
  description: 'The terms of a new campaign.',
  fields: (t) => ({
    name: t.string({ required: true, description: meanings.name }),
    segment: t.field({ type: segmentName, required: true, description: meanings.segment }),
    offers: t.stringList({
      required: true,
      description: `${meanings.offers} At most ${termBounds.offers}.`,
    }),
    costs: t.floatList({ description: `${meanings.costs} Nothing unless given.` }),
    everyDays: t.int({ description: `${meanings.everyDays} ${usualTerms.everyDays} unless given.` }),
    offersMax: t.int({ description: `${meanings.offersMax} Without a limit unless given.` }),
    budget: t.float({ description: `${meanings.budget} Without a limit unless given.` }),
    holdoutShare: t.float({
      description: `${meanings.holdoutShare} From 0 to ${termBounds.holdoutShare}; ${usualTerms.holdoutShare} unless given.`,
    }),
    hours: t.intList({
      description: `${meanings.hours} ${usualTerms.firstHour} to ${usualTerms.lastHour} unless given.`,
    }),
    everyMinutes: t.int({ description: `${meanings.everyMinutes} Only when it is run unless given.` }),
  }),
});

/** The segment by its own type. */
function segmentOf(name: string): SegmentName {
  const known = segmentNames.find((one) => one === name);
  if (known === undefined) throw new FlywheelError('BAD_INPUT', `There is no segment ${name}.`);
  return known;
}

const everyMsOf = (everyMinutes: number | null | undefined) =>
  everyMinutes == null ? everyMinutes : everyMinutes * minuteMs;

builder.queryField('campaigns', (t) =>
  t.field({
    type: [campaign],
    description: 'All campaigns, oldest first, with what they have given so far.',
    resolve: async (_root, _args, context) => [...(await context.campaigns.list())],
  }),
);

builder.mutationField('createCampaign', (t) =>
  t.field({
    type: campaign,
    description:
      'Makes a campaign. One that has `everyMinutes` begins by itself; any other makes offers when it is run. Needs the role operator.',
    args: { input: t.arg({ type: campaignInput, required: true, description: 'Its terms.' }) },
    resolve: (_root, { input: { everyMinutes, segment, ...terms } }, context) => {
      requireOperator(context.scope, 'make campaigns');
      return context.campaigns.create({
        ...terms,
        segment: segmentOf(segment),
        everyMs: everyMsOf(everyMinutes),
      });
    },
  }),
);

const toldDefault = 100;

builder.mutationField('runCampaign', (t) =>
  t.field({
    type: campaignRun,
    description:
      'Runs a campaign once over all customers of its segment, or says what a run would do. Each customer is decided for at most once by a campaign, so running it again goes on with those who are new, or were kept from it by the time that must lie between offers. Give the name of a campaign that there is, or the terms of one that is made first. Needs the role operator; a dry run, the role writer.',
    args: {
      name: t.arg.string({
        description: `${meanings.name} The segment and the offers unless given.`,
      }),
      segment: t.arg({ type: segmentName, description: meanings.segment }),
      offers: t.arg.stringList({
        description: `${meanings.offers} At most ${termBounds.offers}.`,
      }),
      dryRun: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Only says who would get what and why, and who would not and why not.',
      }),
      costs: t.arg.floatList({ description: `${meanings.costs} Nothing unless given.` }),
      everyDays: t.arg.int({ description: `${meanings.everyDays} ${usualTerms.everyDays} unless given.` }),
      offersMax: t.arg.int({ description: `${meanings.offersMax} Without a limit unless given.` }),
      budget: t.arg.float({ description: `${meanings.budget} Without a limit unless given.` }),
      holdoutShare: t.arg.float({
        description: `${meanings.holdoutShare} From 0 to ${termBounds.holdoutShare}; ${usualTerms.holdoutShare} unless given.`,
      }),
      hours: t.arg.intList({
        description: `${meanings.hours} ${usualTerms.firstHour} to ${usualTerms.lastHour} unless given.`,
      }),
      first: t.arg.int({
        required: true,
        defaultValue: toldDefault,
        description: 'How many customers the answer tells of one by one; all are counted.',
      }),
    },
    resolve: async (_root, { dryRun, first, segment, ...asked }, context) => {
      if (dryRun) requireWriter(context.scope, 'try campaigns');
      else requireOperator(context.scope, 'run campaigns');
      const toldMax = rowsWanted(first, context.limits.pageRows);
      const left = new AbortController();
      context.onAbandon(() => left.abort());
      const terms = segment == null ? asked : { ...asked, segment: segmentOf(segment) };
      const run = await context.campaigns.run(terms, { dryRun, toldMax, signal: left.signal });
      return { ...run, dryRun };
    },
  }),
);

const nameArg = 'The name of the campaign.';

builder.mutationField('stopCampaign', (t) =>
  t.field({
    type: campaign,
    description:
      'Stops a campaign: it decides nothing any more once this is answered, also in the middle of a run. Needs the role operator.',
    args: { name: t.arg.string({ required: true, description: nameArg }) },
    resolve: (_root, { name }, context) => {
      requireOperator(context.scope, 'stop campaigns');
      return context.campaigns.stop(name);
    },
  }),
);

builder.mutationField('startCampaign', (t) =>
  t.field({
    type: campaign,
    description: 'Lets a campaign that was stopped make offers again. Needs the role operator.',
    args: { name: t.arg.string({ required: true, description: nameArg }) },
    resolve: (_root, { name }, context) => {
      requireOperator(context.scope, 'start campaigns');
      return context.campaigns.start(name);
    },
  }),
);
