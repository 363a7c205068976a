// The terms of a campaign: what they are unless somebody says otherwise, and what they may be.

import { FlywheelError } from '../../core/errors.js';
import { offerForm } from '../../core/setting-forms.js';
import type { CampaignTerms } from '../../warehouse/wheel/campaigns.js';
import { amountOf, partsOf } from './campaign-arms.js';

/** What somebody says of a campaign; what is left out, or null, is as usual. */
export interface AskedTerms extends Pick<CampaignTerms, 'name' | 'segment' | 'offers'> {
  readonly costs?: readonly number[] | null | undefined;
  readonly everyDays?: number | null | undefined;
  readonly offersMax?: number | null | undefined;
  readonly budget?: number | null | undefined;
  readonly holdoutShare?: number | null | undefined;
  readonly hours?: readonly number[] | null | undefined;
  readonly everyMs?: number | null | undefined;
}

/** What a campaign goes by where nothing else is said: daytime in UTC, a week between offers, a tenth held out. */
export const usualTerms = { everyDays: 7, holdoutShare: 0.1, firstHour: 8, lastHour: 20 } as const;

/** More offers would take as many more customers to be told apart. */
export const termBounds = {
  /** Decisions bear the name, with some letters before it, as that of their experiment. */
  nameLength: 180,
  offers: 4,
  everyDays: 3_650,
  holdoutShare: 0.9,
  amount: 1e9,
  everyMinutes: 1,
} as const;

/** The terms with all that is usual filled in. BAD_INPUT, with a sentence that says what to change, where they cannot be. */
export function termsOf(asked: AskedTerms): CampaignTerms {
  const { name, segment, offers } = asked;
  const usualHours = Array.from({ length: 24 }, (_, hour) => hour).filter(
    (hour) => hour >= usualTerms.firstHour && hour <= usualTerms.lastHour,
  );
  const terms: CampaignTerms = {
    name,
    segment,
    offers,
    costs: asked.costs?.map(kept) ?? offers.map(() => 0),
    everyDays: asked.everyDays ?? usualTerms.everyDays,
    offersMax: asked.offersMax ?? null,
    budget: asked.budget == null ? null : kept(asked.budget),
    holdoutShare: asked.holdoutShare ?? usualTerms.holdoutShare,
    hours: [...(asked.hours ?? usualHours)].sort((a, b) => a - b),
    everyMs: asked.everyMs ?? null,
  };
  const [fault] = faultsOf(terms);
  if (fault !== undefined) throw new FlywheelError('BAD_INPUT', fault);
  return terms;
}

function faultsOf(terms: CampaignTerms): readonly string[] {
  const { name, offers, costs, everyDays, offersMax, budget, holdoutShare, hours, everyMs } = terms;
  const isAmount = (amount: number) => amount >= 0 && amount <= termBounds.amount;
  const faults: readonly (readonly [boolean, string])[] = [
    [
      name.trim() === '' || name.length > termBounds.nameLength,
      `Give the campaign a name of 1 to ${termBounds.nameLength} characters.`,
    ],
    [
      offers.length === 0 || offers.length > termBounds.offers,
      `A campaign chooses among 1 to ${termBounds.offers} offers, not ${offers.length}.`,
    ],
    [
      !offers.every((offer) => offerForm.test(offer)),
      'An offer is named by up to 60 letters, digits, dots, dashes and underscores, such as DISCOUNT_10.',
    ],
    [new Set(offers).size < offers.length, 'An offer stands in `offers` twice; name each once.'],
    [
      costs.length !== offers.length,
      `There are ${offers.length} offers and ${costs.length} costs; give one cost for each offer, in their order.`,
    ],
    [!costs.every(isAmount), `A cost is from 0 to ${termBounds.amount}.`],
    [
      !isWhole(everyDays, 0, termBounds.everyDays),
      `\`everyDays\` is ${everyDays}; it must be a whole number from 0 to ${termBounds.everyDays}.`,
    ],
    [offersMax !== null && offersMax < 1, `\`offersMax\` is ${offersMax}; it must be 1 or more.`],
    [
      budget !== null && !isAmount(budget),
      `\`budget\` is ${budget}; it must be from 0 to ${termBounds.amount}.`,
    ],
    [
      budget !== null && costs.every((cost) => cost === 0),
      'No offer costs anything, so the budget would have no effect; give `costs`, or leave `budget` out.',
    ],
    [
      !(holdoutShare >= 0 && holdoutShare <= termBounds.holdoutShare),
      `\`holdoutShare\` is ${holdoutShare}; it must be from 0 to ${termBounds.holdoutShare}.`,
    ],
    [
      hours.length === 0 ||
        new Set(hours).size < hours.length ||
        !hours.every((hour) => isWhole(hour, 0, 23)),
      '`hours` are the hours of day in which offers may be sent: at least one, each from 0 to 23 and once.',
    ],
    [
      everyMs !== null && everyMs < termBounds.everyMinutes * 60_000,
      'A campaign looks for customers once a minute at most; give more minutes.',
    ],
  ];
  return faults.flatMap(([isFault, sentence]) => (isFault ? [sentence] : []));
}

/** An amount as it is kept. */
export function kept(amount: number): number {
  return amountOf(partsOf(amount));
}

function isWhole(value: number, least: number, greatest: number): boolean {
  return Number.isInteger(value) && value >= least && value <= greatest;
}
