// Holds that the figures of the wheel tell the truth of shops whose truth is known, by the product's own choices and arms.

import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/core/random.js';
import { type Choice, choose } from '../../../src/flywheel/decide/choose.js';
import {
  type Candidate,
  type PolicyName,
  policyNames,
  policyShares,
  slotPolicyOf,
} from '../../../src/flywheel/decide/policies.js';
import { liftOf } from '../../../src/flywheel/report/arm-figures.js';
import { figuresOfPolicies } from '../../../src/flywheel/report/policy-figures.js';
import { armOf } from '../../../src/math/decide/assign-arm.js';
import { slotChances } from '../../../src/math/decide/explore-slots.js';
import { drawGamma, drawPoisson } from '../../../src/math/random-variates.js';
import type { AnswersAlike } from '../../../src/warehouse/wheel/answers-of-arms.js';
import type { WeighedPlaces } from '../../../src/warehouse/wheel/weights-of-policies.js';
import { drawBeta } from '../../math/estimate/arms-by-chance.js';

const runs = 400;
const epsilon = 0.1;
const places = 4;

const logistic = (odds: number) => 1 / (1 + Math.exp(-odds));

/** What a customer is offered, with what the services believe, and how likely the customer answers each in truth. */
interface Visit {
  readonly candidates: readonly Candidate[];
  readonly rates: readonly number[];
}

/** A product suits a customer by a taste that the recommender and the learner each see through noise of their own. */
function visitOf(random: Random, eagerness: number): Visit {
  const tastes = Array.from({ length: 12 }, () => 2 * random.uniform() - 1);
  const blurred = (noise: number) => tastes.map((taste) => taste + noise * (2 * random.uniform() - 1));
  const [recommended, learned] = [blurred(1), blurred(0.7)];
  const [least, best] = [Math.min(...recommended), Math.max(...recommended)];
  return {
    rates: tastes.map((taste) => logistic(-1.5 + eagerness + 0.8 * taste)),
    candidates: recommended.map((score, place) => ({
      product: `p${place}`,
      category: null,
      lately: null,
      usually: null,
      seen: null,
      recommended: (score - least) / (best - least),
      predicted: logistic(-1.5 + 0.8 * (learned[place] ?? 0)),
    })),
  };
}

/** The number of visits of a customer: some come once, some thirty times. */
const visitsOf = (random: Random) => 1 + drawPoisson(random, drawGamma(random, 1, 4));

describe('A/A: one policy in both arms', () => {
  // 400 runs see a share of 95 % with a standard error of 1.1 %, so that 3 % are 2.75 of them.
  it('95 % ± 3 % of 400 lifts hold that there is none', () => {
    const random = createRandom('A/A of the wheel');
    let [difference, ratio, heldOut] = [0, 0, 0];
    for (let run = 0; run < runs; run += 1) {
      const answers = Array.from({ length: 700 }, (_, number): AnswersAlike => {
        const arm = armOf(`run ${run}`, `customer ${number}`, [0.3, 0.7]) === 0 ? 'HOLDOUT' : null;
        const rate = drawBeta(random, 0.06, 5);
        const shown = places * visitsOf(random);
        const answered = Array.from({ length: shown }).filter(() => random.uniform() < rate).length;
        return { arm, customers: 1, shown, answered, clicked: answered, bought: 0 };
      });
      heldOut += answers.filter(({ arm }) => arm !== null).length / (700 * runs);
      const lift = liftOf(answers, 'HOLDOUT');
      if (lift.difference.low <= 0 && lift.difference.high >= 0) difference += 1 / runs;
      if (lift.ratio.low <= 1 && lift.ratio.high >= 1) ratio += 1 / runs;
    }
    expect(Math.abs(heldOut - 0.3)).toBeLessThan(0.01);
    expect(Math.abs(difference - 0.95)).toBeLessThan(0.03);
    expect(Math.abs(ratio - 0.95)).toBeLessThan(0.03);
  });
});

/** What one policy would earn at the places of a list, given the choices before each. */
function truthOf({ candidates, rates }: Visit, choice: Choice, policy: PolicyName): number {
  const how = slotPolicyOf(policy, candidates, epsilon);
  return choice.places.reduce((sum, _, slot) => {
    const chances = slotChances(how, choice.places.slice(0, slot));
    return sum + chances.reduce((mean, chance, place) => mean + chance * (rates[place] ?? 0), 0);
  }, 0);
}

interface Log {
  /** By customer, as the database sums them up. */
  readonly units: readonly WeighedPlaces[];
  readonly slots: number;
  /** By policy, the sum over all places. */
  readonly truths: Readonly<Record<PolicyName, number>>;
}

/** The decisions of one period: chosen as the product chooses, answered by chance. */
function logOf(random: Random, customers: number): Log {
  const shares = policyShares([
    { policy: 'recommender', shown: 300, answered: 60 },
    { policy: 'learner', shown: 300, answered: 66 },
    { policy: 'blend', shown: 300, answered: 70 },
  ]);
  const units: WeighedPlaces[] = [];
  const truths = { recommender: 0, learner: 0, blend: 0 };
  let slots = 0;
  for (let customer = 0; customer < customers; customer += 1) {
    const eagerness = 1.2 * (random.uniform() - 0.5);
    const sums = new Map(
      policyNames.map((policy) => [
        policy,
        { policy, customers: 1, slots: 0, predicted: 0, weights: 0, squares: 0, rewards: 0, corrected: 0 },
      ]),
    );
    for (let visit = visitsOf(random); visit > 0; visit -= 1) {
      const seen = visitOf(random, eagerness);
      const choice = choose(random, seen.candidates, shares, { slots: places, epsilon });
      const rewards = choice.places.map((place) => (random.uniform() < (seen.rates[place] ?? 0) ? 1 : 0));
      slots += rewards.length;
      for (const policy of policyNames) {
        truths[policy] += truthOf(seen, choice, policy);
        const sum = sums.get(policy);
        if (sum !== undefined) addPlaces(sum, choice, rewards);
      }
    }
    units.push(...sums.values());
  }
  return { units, slots, truths };
}

type Sums = { -readonly [Name in keyof WeighedPlaces]: WeighedPlaces[Name] };

/** What the statement of the report does with one decision. */
function addPlaces(sum: Sums, choice: Choice, rewards: readonly number[]): void {
  for (const [slot, reward] of rewards.entries()) {
    const weight = (choice.others[sum.policy]?.[slot] ?? 0) / (choice.propensities[slot] ?? 0);
    const [q, m] = [choice.values?.[sum.policy]?.[slot] ?? 0, choice.predicted?.[slot] ?? 0];
    sum.slots += 1;
    sum.predicted += 1;
    sum.weights += weight;
    sum.squares += weight * weight;
    sum.rewards += weight * reward;
    sum.corrected += q + weight * (reward - m);
  }
}

describe('the value of a policy, from 400 logs of decisions', () => {
  const logs = Array.from({ length: runs }, (_, run) =>
    logOf(createRandom('decisions').stream(`${run}`), 150),
  );
  const slots = logs.reduce((sum, log) => sum + log.slots, 0);
  const estimates = logs.map(({ units }) => figuresOfPolicies(units));

  it.each(policyNames)('is held by 19 of 20 intervals: %s', (policy) => {
    const truth = logs.reduce((sum, { truths }) => sum + truths[policy], 0) / slots;
    const own = estimates.flatMap((figures) => figures.filter((one) => one.policy === policy));
    for (const name of ['ips', 'snips', 'doublyRobust'] as const) {
      const held =
        own.filter((one) => (one[name]?.low ?? 0) <= truth && truth <= (one[name]?.high ?? 0)).length / runs;
      expect(Math.abs(held - 0.95), `${name} of ${policy}`).toBeLessThan(0.03);
    }
  });
});
