// Holds that lists are chosen with the chances that are written down.

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { choose } from '../../../src/flywheel/decide/choose.js';
import {
  type Candidate,
  policyNames,
  policyShares,
  slotPolicyOf,
} from '../../../src/flywheel/decide/policies.js';
import { propensitiesOf } from '../../../src/math/decide/explore-slots.js';

const known = { lately: null, usually: null, seen: null };
const candidates: readonly Candidate[] = [
  { ...known, product: 'a', category: 'x', recommended: 1, predicted: 0.04 },
  { ...known, product: 'b', category: 'x', recommended: 0.95, predicted: 0.05 },
  { ...known, product: 'c', category: 'y', recommended: 0.9, predicted: 0.055 },
  { ...known, product: 'd', category: null, recommended: 0.85, predicted: 0.045 },
];
const shares = policyShares([]);
const options = { slots: 2, epsilon: 0.2 };

describe('choose', () => {
  it('writes down the chances with which lists come', () => {
    const draws = 12_000;
    const seen = new Map<string, { count: number; chance: number }>();
    const note = (name: string, chances: readonly number[]) => {
      const chance = chances.reduce((product, p) => product * p, 1);
      const known = seen.get(name) ?? { count: 0, chance };
      // What a policy would have done is written with nine digits.
      expect(chance).toBeCloseTo(known.chance, 8);
      seen.set(name, { count: known.count + 1, chance });
    };
    for (let draw = 0; draw < draws; draw += 1) {
      const { policy, policyPropensity, places, propensities, others } = choose(
        createRandom(draw),
        candidates,
        shares,
        options,
      );
      note(`list ${places.join()}`, propensities);
      note(`${policy} ${places.join()}`, [policyPropensity, ...(others[policy] ?? [])]);
    }
    // Every ordered pair, by every policy too: the uniform share leaves none out, and together they are certain.
    expect(seen.size).toBe(12 + policyNames.length * 12);
    let sum = 0;
    for (const { count, chance } of seen.values()) {
      sum += chance / 2;
      const deviation = Math.sqrt((chance * (1 - chance)) / draws);
      expect(Math.abs(count / draws - chance)).toBeLessThan(5 * deviation);
    }
    expect(sum).toBeCloseTo(1, 8);
  });

  it('says what every policy would have done with the same list', () => {
    const choice = choose(createRandom('one'), candidates, shares, options);
    for (const name of policyNames) {
      const how = slotPolicyOf(name, candidates, options.epsilon);
      const chances = Array.from(propensitiesOf(how, choice.places), (p) => Number(p.toPrecision(9)));
      expect(choice.others[name]).toEqual(chances);
    }
    expect(choice.predicted).toEqual(choice.places.map((place) => candidates[place]?.predicted));
    for (const name of policyNames) {
      // What the learner expects of a policy lies between the least and the most of its candidates.
      for (const value of choice.values?.[name] ?? []) {
        expect(value).toBeGreaterThan(0.04);
        expect(value).toBeLessThan(0.055);
      }
    }
    expect(choose(createRandom('one'), candidates, shares, options)).toEqual(choice);
  });

  it('goes by the recommender where the learner says nothing', () => {
    const unknown = candidates.map((one) => ({ ...one, predicted: null }));
    const choice = choose(createRandom('one'), unknown, shares, options);
    expect(choice).toMatchObject({ values: null, predicted: null });
    const [recommender, learner] = (['recommender', 'learner'] as const).map((name) =>
      slotPolicyOf(name, unknown, 0),
    );
    expect(learner?.scores).toEqual(recommender?.scores);
  });

  it('chooses no more than there are', () => {
    expect(choose(createRandom(1), candidates.slice(0, 1), shares, options).places).toEqual([0]);
    expect(choose(createRandom(1), [], shares, options)).toMatchObject({ places: [], propensities: [] });
  });
});

describe('policyShares', () => {
  it('trusts all alike at first, and what was answered more often the more it was', () => {
    for (const share of policyShares([])) expect(share).toBeCloseTo(1 / 3, 6);
    const told = policyShares([
      { policy: 'recommender', shown: 2_000, answered: 200 },
      { policy: 'learner', shown: 2_000, answered: 140 },
      { policy: 'blend', shown: 2_000, answered: 199 },
      { policy: 'floor', shown: 9_000, answered: 9_000 },
    ]);
    expect(told.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    const [recommender = 0, learner = 0, blend = 0] = told;
    expect(learner).toBeGreaterThan(0.033);
    expect(learner).toBeLessThan(0.04);
    expect(recommender).toBeGreaterThan(blend);
    expect(blend).toBeGreaterThan(0.3);
  });
});
