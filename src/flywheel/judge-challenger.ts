// Judges the model on trial by what customers do with its proposals, and lets it serve, or serve no more.

import { type Arm, armOfUnits, rateOf } from '../math/estimate/arm.js';
import { compareRates, type RateComparison } from '../math/estimate/compare-rates.js';
import type { ModelRegistry, Trial, TrialEnd } from '../services/host/registry-contract.js';
import type { Database } from '../warehouse/database.js';
import { readTrialOutcomes, type TrialUnit } from '../warehouse/wheel/trial-outcomes.js';
import { readWorld } from '../warehouse/wheel/world.js';

export interface JudgeDeps {
  readonly database: Pick<Database, 'kysely'>;
  readonly registry: Pick<ModelRegistry, 'trial' | 'endTrial'>;
}

const service = 'recommendation';

/** The verdict holds at every look together; differences of about two points of a rate are found soonest. */
const plan = { confidence: 0.95, effect: 0.02 } as const;
/**
 * After so many places of the challenger, or so long by the clock of the log, an undecided trial is over: a week has every
 * weekday, and no other model is trained meanwhile.
 */
const placesMax = 20_000;
const daysMax = 7;

/**
 * One look. Resolves to how the trial ended; undefined while it goes on, where there is none, and while learning is
 * switched off. Whoever looks at the same time, a trial ends once.
 */
export async function judgeOnce({ database, registry }: JudgeDeps): Promise<TrialEnd | undefined> {
  const trial = await registry.trial(service);
  if (trial === undefined) return undefined;
  const { watermarkMs, off } = await readWorld(database, []);
  if (off.has('LEARNING')) return undefined;
  const units = await readTrialOutcomes(database, { ...namesOf(trial), since: trial.since });
  const ageMs = (watermarkMs ?? trial.since.getTime()) - trial.since.getTime();
  const end = judge(trial, units, ageMs);
  return end !== undefined && (await registry.endTrial(service, trial, end)) ? end : undefined;
}

/**
 * What is to become of a challenger by what was seen of it until now; undefined where that cannot be said yet. It is promoted
 * when it is better and withdrawn when it is worse, with the plan's confidence. Where a trial ends without either, it takes
 * over if it was answered at least as often: it was no worse on data that was held back, and a champion that only a
 * difference that can be told replaces would grow old by as much as cannot be told. What nobody was shown takes over nothing.
 */
export function judge(
  trial: Pick<Trial, 'champion' | 'challenger'>,
  units: readonly TrialUnit[],
  ageMs: number,
): TrialEnd | undefined {
  const [champion, challenger] = [armOf(units, 'CHAMPION'), armOf(units, 'CHALLENGER')];
  const comparison = compareRates(challenger, champion, plan);
  const { verdict } = comparison;
  const isOver = challenger.trials >= placesMax || ageMs >= daysMax * 86_400_000;
  if (verdict === 'undecided' && !isOver) return undefined;
  const names = namesOf(trial);
  const seen = `Customers answered ${told(names.challenger, challenger)} and ${told(names.champion, champion)}`;
  const sure = `${100 * plan.confidence} % confidence`;
  // Of an arm without a place it is NaN.
  const isNoLower = comparison.difference.value >= 0;
  const promotes = verdict === 'better' || (verdict === 'undecided' && isNoLower);
  const next = isNoLower
    ? `it was answered no less often and knows newer data, so it takes over`
    : `${names.champion} stays`;
  const meant =
    verdict === 'undecided'
      ? `no difference can be told with ${sure}; ${next}`
      : `it is ${verdict}, with ${sure}`;
  return {
    promotes,
    reason: `${seen}: ${meant}.`,
    figures: figuresOf(champion, challenger, comparison),
  };
}

function namesOf({ champion, challenger }: Pick<Trial, 'champion' | 'challenger'>) {
  return { champion: `${service}/${champion}`, challenger: `${service}/${challenger}` };
}

function armOf(units: readonly TrialUnit[], arm: TrialUnit['arm']): Arm {
  const own = units.filter((unit) => unit.arm === arm);
  return armOfUnits(
    Float64Array.from(own, ({ answered }) => answered),
    Float64Array.from(own, ({ shown }) => shown),
  );
}

function told(name: string, arm: Arm): string {
  if (arm.trials === 0) return `none of 0 places of ${name}`;
  return `${(100 * rateOf(arm)).toFixed(1)} % of ${arm.trials.toLocaleString('en')} places of ${name}`;
}

/** Without a difference where one of them was never shown. */
function figuresOf(champion: Arm, challenger: Arm, { difference }: RateComparison): TrialEnd['figures'] {
  const counts = {
    championShown: champion.trials,
    championAnswered: champion.successes,
    challengerShown: challenger.trials,
    challengerAnswered: challenger.successes,
    confidence: plan.confidence,
  };
  const { value, low, high } = difference;
  return Number.isNaN(value) ? counts : { ...counts, difference: value, low, high };
}
