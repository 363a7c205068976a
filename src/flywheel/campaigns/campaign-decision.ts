// The decision of a campaign for one customer: an offer with its chances, or nothing, for comparison.

import { type Decision, withId } from '../../events/decision.js';
import { causeOf } from '../../warehouse/wheel/campaign-chunk.js';
import type { CampaignTerms } from '../../warehouse/wheel/campaigns.js';
import type { World } from '../../warehouse/wheel/world.js';
import { amountOf } from './campaign-arms.js';
import type { Offer } from './plan-chunk.js';

/** How offers are chosen, and what those get who are held out. */
const offerPolicy = 'thompson';
const heldOutPolicy = 'nothing';

export interface CampaignSubject {
  readonly campaign: Pick<CampaignTerms, 'name' | 'segment'>;
  /** The code of the customer. */
  readonly customer: string;
  /** Null for one who is held out. */
  readonly offer: Offer | null;
}

/** Its id is made of campaign and customer alone, so that whoever decides again makes no second decision. */
export function campaignDecision(
  { campaign, customer, offer }: CampaignSubject,
  { position }: Pick<World, 'position'>,
  nowMs: number,
): Decision {
  const cause = causeOf(campaign.name);
  return withId(
    {
      kind: 'CAMPAIGN',
      customer,
      product: null,
      cause,
      policy: offer === null ? heldOutPolicy : offerPolicy,
      policyPropensity: 1,
      model: null,
      experiment: cause,
      arm: offer === null ? 'HOLDOUT' : 'OFFERED',
      candidates: offer?.candidates ?? 0,
      position,
      details: {
        segment: campaign.segment,
        offer: offer?.arm.offer ?? null,
        hour: offer?.arm.hour ?? null,
        cost: offer === null ? 0 : amountOf(offer.arm.costParts),
      },
      decidedAtMs: nowMs,
      slots:
        offer === null
          ? []
          : [
              {
                product: null,
                choice: offer.arm.choice,
                score: offer.arm.rate,
                propensity: offer.propensity,
                features: null,
              },
            ],
    },
    [customer],
  );
}
