// Who gets which offer of a campaign, and who gets none and why; it only works it out.

import { createRandom } from '../../core/random.js';
import { armOf } from '../../math/decide/assign-arm.js';
import { drawIndex } from '../../math/random-variates.js';
import type { CampaignCustomer } from '../../warehouse/wheel/campaign-chunk.js';
import type { CampaignTerms } from '../../warehouse/wheel/campaigns.js';
import { partsOf, type WeighedArm } from './campaign-arms.js';

/** What may become of a customer; the first two are decisions. */
export const verdicts = [
  'OFFER',
  'HELD_OUT',
  'DECIDED',
  'CAPPED',
  'OFFERS_MAX',
  'BUDGET',
  'QUIET',
  'STOPPED',
  'SWITCHED_OFF',
] as const;
export type Verdict = (typeof verdicts)[number];

/** What keeps a campaign from deciding anything at this moment. */
export type Pause = Extract<Verdict, 'QUIET' | 'STOPPED' | 'SWITCHED_OFF'>;

export interface Offer {
  readonly arm: WeighedArm;
  /** How likely it was chosen among those that could be paid. */
  readonly propensity: number;
  /** How many those were. */
  readonly candidates: number;
}

export interface PlannedCustomer {
  readonly customer: CampaignCustomer;
  readonly verdict: Verdict;
  /** With the verdict OFFER. */
  readonly offer: Offer | null;
}

/** What a campaign has given so far; money in ten-thousandths of the currency. */
export interface Given {
  readonly offersMade: number;
  readonly spentParts: number;
}

/**
 * One verdict for each customer, in their order, and what is given after them. The chance of an offer depends on the
 * campaign and the customer alone, so the same customers with the same shares get the same. Where money is left for some
 * of the offers only, the choice is among these, and its propensity is that.
 */
export function planChunk(
  terms: Pick<CampaignTerms, 'name' | 'offersMax' | 'budget' | 'holdoutShare'>,
  arms: readonly WeighedArm[],
  customers: readonly CampaignCustomer[],
  given: Given,
  pause: Pause | null,
): { readonly planned: readonly PlannedCustomer[]; readonly given: Given } {
  let { offersMade, spentParts } = given;
  const left = () => (terms.budget === null ? Number.POSITIVE_INFINITY : partsOf(terms.budget) - spentParts);
  const planned = customers.map((customer): PlannedCustomer => {
    const none = (verdict: Verdict) => ({ customer, verdict, offer: null });
    if (customer.isDecided) return none('DECIDED');
    if (pause !== null) return none(pause);
    if (customer.isCapped) return none('CAPPED');
    // Nobody is held out of what nobody gets any more: they would be no comparison.
    if (terms.offersMax !== null && offersMade >= terms.offersMax) return none('OFFERS_MAX');
    const affordable = arms.filter(({ costParts }) => costParts <= left());
    if (affordable.length === 0) return none('BUDGET');
    if (isHeldOut(terms, customer.code)) return none('HELD_OUT');
    const offer = drawOffer(terms.name, customer.code, affordable);
    offersMade += 1;
    spentParts += offer.arm.costParts;
    return { customer, verdict: 'OFFER', offer };
  });
  return { planned, given: { offersMade, spentParts } };
}

/** By hash, so that who gets nothing stays so. */
function isHeldOut(
  { name, holdoutShare }: Pick<CampaignTerms, 'name' | 'holdoutShare'>,
  code: string,
): boolean {
  return armOf(`campaign:${name}`, code, [holdoutShare, 1 - holdoutShare]) === 0 && holdoutShare > 0;
}

function drawOffer(name: string, code: string, arms: readonly WeighedArm[]): Offer {
  const shares = arms.map(({ share }) => share);
  const sum = shares.reduce((total, share) => total + share, 0);
  const random = createRandom(JSON.stringify(['campaign', name, code]));
  const arm = arms[drawIndex(random, shares)];
  if (arm === undefined) throw new Error('A campaign has at least one offer, and its share is above 0.');
  return { arm, propensity: Math.min(1, arm.share / sum), candidates: arms.length };
}
