// What a campaign chooses among: each offer at each part of the day, and how likely each is by what became of it.

import type { CampaignTerms, ChoiceTally } from '../../warehouse/wheel/campaigns.js';
import { trustedShares } from '../decide/policies.js';

/** One of the choices. */
export interface CampaignArm {
  readonly offer: string;
  /** The hour of day (UTC) at which it is to be sent: the first one, of those allowed, in its quarter of the day. */
  readonly hour: number;
  /** As decisions say it, such as DISCOUNT_10@18. */
  readonly choice: string;
  /** What the offer may cost, in ten-thousandths of the currency, so that sums are exact. */
  readonly costParts: number;
}

/** Quarters of a day: more would take as many times more customers to be told apart. */
const blockHours = 6;

/** In the order of offers, then hours. */
export function armsOf({
  offers,
  costs,
  hours,
}: Pick<CampaignTerms, 'offers' | 'costs' | 'hours'>): readonly CampaignArm[] {
  const first = new Map<number, number>();
  for (const hour of hours) {
    const block = Math.floor(hour / blockHours);
    first.set(block, Math.min(hour, first.get(block) ?? hour));
  }
  return offers.flatMap((offer, place) =>
    [...first.values()].map((hour) => ({
      offer,
      hour,
      choice: `${offer}@${hour}`,
      costParts: partsOf(costs[place] ?? 0),
    })),
  );
}

/** An amount in ten-thousandths of the currency. */
export function partsOf(amount: number): number {
  return Math.round(amount * 10_000);
}

/** An amount of the currency from its ten-thousandths. */
export function amountOf(parts: number): number {
  return parts / 10_000;
}

/** A choice with how likely it is among all, and how often it was answered so far. */
export interface WeighedArm extends CampaignArm {
  readonly share: number;
  /** The mean answer rate that is believed: (1 + answered) / (2 + shown). */
  readonly rate: number;
}

/** The shares are those of `trustedShares`: Thompson's rule mixed with an even share; they sum to 1. */
export function weighArms(
  arms: readonly CampaignArm[],
  tallies: readonly ChoiceTally[],
): readonly WeighedArm[] {
  const shares = trustedShares(
    arms.map(({ choice }) => choice),
    tallies,
  );
  return arms.map((arm, place) => {
    const { shown = 0, answered = 0 } = tallies.find(({ policy }) => policy === arm.choice) ?? {};
    return { ...arm, share: shares[place] ?? 0, rate: (1 + answered) / (2 + shown) };
  });
}
