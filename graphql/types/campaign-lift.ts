// What the offers of a campaign changed: its customers beside those who were held out.

import type { CampaignLift } from '../../src/flywheel/campaigns/campaign-lift.js';
import { builder } from '../builder.js';
import { campaign } from './campaign.js';
import { estimate } from './flywheel-figures.js';
import { reportCostRows } from './report.js';

const side = builder.objectRef<CampaignLift['offered']>('CampaignLiftSide').implement({
  description: 'The customers on one side of the comparison whose days are over.',
  fields: (t) => ({
    customers: t.exposeInt('customers', { description: 'How many there are.' }),
    bought: t.exposeInt('bought', { description: 'How many of them bought something in these days.' }),
  }),
});

const campaignLift = builder.objectRef<CampaignLift>('CampaignLift').implement({
  description:
    'Customers who got an offer beside those who were held out, who were told apart by chance. The campaign works when the interval of `difference` is above 0.',
  fields: (t) => ({
    difference: t.expose('difference', {
      type: estimate,
      description:
        'The share of customers with an offer who bought less that of those without: 0.02 means two more buyers among a hundred.',
    }),
    offered: t.expose('offered', {
      type: side,
      description: 'Those who got an offer, whether it was shown to them or not.',
    }),
    heldOut: t.expose('heldOut', { type: side, description: 'Those who got nothing.' }),
  }),
});

const usualDays = 7;

builder.objectField(campaign, 'lift', (t) =>
  t.field({
    type: campaignLift,
    description: 'Whether its offers made more customers buy.',
    args: {
      days: t.arg.int({
        required: true,
        defaultValue: usualDays,
        description:
          'How many days after a decision purchases count, by the clock of the event log; from 1 to 365. Customers whose days are not over are left out.',
      }),
    },
    extensions: { costRows: reportCostRows },
    resolve: ({ name }, { days }, { campaigns }) => campaigns.lift(name, days),
  }),
);
