// What the offers of a campaign changed, with an interval.

import { FlywheelError } from '../../core/errors.js';
import { armOfTrials } from '../../math/estimate/arm.js';
import type { Estimate } from '../../math/estimate/interval.js';
import { rateLift } from '../../math/estimate/rate-lift.js';
import type { Database } from '../../warehouse/database.js';
import { type CampaignArmCount, readCampaignArms } from '../../warehouse/wheel/campaign-lift.js';

type CampaignSide = Omit<CampaignArmCount, 'arm'>;

export interface CampaignLift {
  /** The share of customers who bought with an offer less that without one; all is possible while a side has nobody. */
  readonly difference: Estimate;
  readonly offered: CampaignSide;
  readonly heldOut: CampaignSide;
}

const daysMax = 365;

/** By what customers bought within so many days (1 to 365; BAD_INPUT otherwise) after it was decided for them. */
export async function liftOfCampaign(
  database: Pick<Database, 'kysely'>,
  name: string,
  days: number,
): Promise<CampaignLift> {
  if (!(days >= 1 && days <= daysMax))
    throw new FlywheelError('BAD_INPUT', `\`days\` is ${days}; it must be from 1 to ${daysMax}.`);
  const arms = await readCampaignArms(database, name, days);
  const sideOf = (wanted: string): CampaignSide => {
    const { customers = 0, bought = 0 } = arms.find(({ arm }) => arm === wanted) ?? {};
    return { customers, bought };
  };
  const [offered, heldOut] = [sideOf('OFFERED'), sideOf('HOLDOUT')];
  const armOf = ({ bought, customers }: CampaignSide) => armOfTrials(bought, customers);
  return { difference: rateLift(armOf(offered), armOf(heldOut)).absolute, offered, heldOut };
}
