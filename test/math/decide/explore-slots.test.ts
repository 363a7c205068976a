import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import {
  candidatesMax,
  exploreSlots,
  orderedPropensities,
  propensitiesOf,
  type SlotPolicy,
  slotChances,
} from '../../../src/math/decide/explore-slots.js';

const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);
const productOf = (values: ArrayLike<number>) =>
  Array.from(values).reduce((product, value) => product * value, 1);

/** All lists of `slots` different places out of `candidates`. */
function allLists(candidates: number, slots: number): number[][] {
  if (slots === 0) return [[]];
  return allLists(candidates, slots - 1).flatMap((list) =>
    Array.from({ length: candidates }, (_, place) => place)
      .filter((place) => !list.includes(place))
      .map((place) => [...list, place]),
  );
}

/** A policy over `candidates` scores of all sizes, from the seed. */
function somePolicy(seed: number, candidates: number): SlotPolicy {
  const random = createRandom(seed).stream('policy');
  const size = 10 ** (random.integer(9) - 4);
  return {
    scores: Array.from({ length: candidates }, () => (random.uniform() - 0.5) * size),
    temperature: 10 ** (random.integer(7) - 3),
    epsilon: random.integer(4) / 4 / 2,
  };
}

describe('the chances of a slot', () => {
  // Weights exp(s / 1) are 1, 2 and 3.
  const policy: SlotPolicy = { scores: [0, Math.log(2), Math.log(3)], temperature: 1, epsilon: 0.1 };

  it('are those worked out by hand', () => {
    // 0.9 x 1/6 + 0.1/3, 0.9 x 2/6 + 0.1/3, 0.9 x 3/6 + 0.1/3.
    const first = slotChances(policy, []);
    expect(first[0]).toBeCloseTo(0.15 + 0.1 / 3, 14);
    expect(first[1]).toBeCloseTo(0.3 + 0.1 / 3, 14);
    expect(first[2]).toBeCloseTo(0.45 + 0.1 / 3, 14);
    // Without place 2: 0.9 x 1/3 + 0.1/2 and 0.9 x 2/3 + 0.1/2.
    const second = slotChances(policy, [2]);
    expect(second[0]).toBeCloseTo(0.35, 14);
    expect(second[1]).toBeCloseTo(0.65, 14);
    expect(second[2]).toBe(0);
    expect(slotChances(policy, [2, 0])[1]).toBeCloseTo(1, 14);
    expect(Array.from(slotChances(policy, [2, 0, 1]))).toEqual([0, 0, 0]);
  });

  it('sum to one at every slot, and are above 0 for all that are left when epsilon is', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const policy = somePolicy(seed, 1 + (seed % 40));
      const { places } = exploreSlots(createRandom(seed), policy, 10);
      for (let slot = 0; slot < places.length; slot += 1) {
        const chances = slotChances(policy, places.subarray(0, slot));
        // A sum of 40 rounded numbers of at most 1 is off by less than 40 x 2^-52.
        expect(Math.abs(sumOf(chances) - 1)).toBeLessThan(1e-14);
        if (policy.epsilon > 0)
          expect(chances.filter((chance) => chance > 0)).toHaveLength(chances.length - slot);
      }
    }
  });

  it('stay numbers for the largest and smallest scores there are', () => {
    const huge = Number.MAX_VALUE;
    const wide = { scores: [huge, -huge, huge], epsilon: 0 };
    expect(Array.from(slotChances({ ...wide, temperature: 1 }, []))).toEqual([0.5, 0, 0.5]);
    // Over a temperature as large as the scores, the weights are 1 and exp(-2).
    const chances = slotChances({ ...wide, temperature: huge }, [2]);
    expect(chances[1]).toBeCloseTo(Math.exp(-2) / (1 + Math.exp(-2)), 14);
    expect(
      Array.from(slotChances({ scores: [0, 5e-324], temperature: Number.MIN_VALUE, epsilon: 0 }, [1])),
    ).toEqual([1, 0]);
  });

  it('do not change when all scores are shifted', () => {
    const base = slotChances({ scores: [1, 2, 4], temperature: 2, epsilon: 0.2 }, []);
    const far = slotChances({ scores: [1025, 1026, 1028], temperature: 2, epsilon: 0.2 }, []);
    expect(Array.from(far)).toEqual(Array.from(base));
  });
});

describe('the temperature', () => {
  const scores = [1, 3, 3 - 1e-9, 2];

  it.each([0, 1e-300, 1e-12])('takes the best that is left when it is %d', (temperature) => {
    const { places, propensities } = exploreSlots(
      createRandom(4),
      { scores, temperature, epsilon: 0 },
      scores.length,
    );
    expect(Array.from(places)).toEqual([1, 2, 3, 0]);
    expect(Array.from(propensities)).toEqual([1, 1, 1, 1]);
  });

  it('parts the weight evenly between equals at 0', () => {
    const chances = slotChances({ scores: [5, 1, 5, 5], temperature: 0, epsilon: 0.4 }, []);
    // 0.6 / 3 + 0.4 / 4 and 0.4 / 4.
    for (const place of [0, 2, 3]) expect(chances[place]).toBeCloseTo(0.3, 14);
    expect(chances[1]).toBeCloseTo(0.1, 14);
  });

  it.each([Number.POSITIVE_INFINITY, 1e300])('makes all alike when it is %d', (temperature) => {
    expect(Array.from(slotChances({ scores, temperature, epsilon: 0 }, []))).toEqual([
      0.25, 0.25, 0.25, 0.25,
    ]);
  });
});

describe('an explored list', () => {
  it('comes as often as the closed form says', () => {
    const weights = [1, 2, 3, 6];
    const policy = { scores: weights.map(Math.log), temperature: 1, epsilon: 0.2 };
    // Each list of two out of four, by the equation itself.
    const chanceOf = (list: number[]) => {
      const [first = 0, second = 0] = list.map((place) => weights[place] ?? 0);
      return ((0.8 * first) / 12 + 0.2 / 4) * ((0.8 * second) / (12 - first) + 0.2 / 3);
    };
    const draws = 60_000;
    const counts = new Map<string, number>();
    const random = createRandom(17);
    for (let draw = 0; draw < draws; draw += 1) {
      const { places, propensities } = exploreSlots(random, policy, 2);
      const key = places.join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (draw < 100) expect(productOf(propensities)).toBeCloseTo(chanceOf(Array.from(places)), 13);
    }
    const chiSquared = sumOf(
      allLists(4, 2).map((list) => {
        const expected = chanceOf(list) * draws;
        return ((counts.get(list.join()) ?? 0) - expected) ** 2 / expected;
      }),
    );
    // Eleven degrees of freedom: above 31.3 in one of a thousand cases.
    expect(chiSquared).toBeLessThan(31.3);
  });

  it('holds nobody twice, and its propensities are above 0 and those of its policy', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const policy = somePolicy(seed, 1 + (seed % 60));
      const { places, propensities } = exploreSlots(createRandom(seed), policy, 20);
      expect(places).toHaveLength(Math.min(20, policy.scores.length));
      expect(new Set(places).size).toBe(places.length);
      for (const propensity of propensities) expect(propensity).toBeGreaterThan(0);
      expect(propensitiesOf(policy, places)).toEqual(propensities);
    }
  });

  it('is the same from the same seed', () => {
    const policy = somePolicy(3, 50);
    expect(exploreSlots(createRandom(8), policy, 10)).toEqual(exploreSlots(createRandom(8), policy, 10));
    const lists = Array.from({ length: 20 }, (_, seed) =>
      exploreSlots(createRandom(seed), { ...policy, epsilon: 1 }, 10).places.join(),
    );
    expect(new Set(lists).size).toBe(lists.length);
  });

  it('takes one candidate for certain, all of too few, and none of none', () => {
    const policy = (...scores: number[]) => ({ scores, temperature: 1, epsilon: 0.3 });
    const one = exploreSlots(createRandom(1), policy(-7), 3);
    expect([Array.from(one.places), Array.from(one.propensities)]).toEqual([[0], [1]]);
    const few = exploreSlots(createRandom(1), policy(1, 2, 3), 8);
    expect(Array.from(few.places).sort()).toEqual([0, 1, 2]);
    expect(few.propensities[2]).toBeCloseTo(1, 14);
    expect(exploreSlots(createRandom(1), policy(), 3).places).toHaveLength(0);
    expect(exploreSlots(createRandom(1), policy(1, 2), 0).places).toHaveLength(0);
  });

  it('is made of as many candidates as are allowed', () => {
    const scores = Float64Array.from({ length: candidatesMax }, (_, place) => place);
    const { places } = exploreSlots(createRandom(6), { scores, temperature: 1, epsilon: 0.1 }, candidatesMax);
    expect(new Set(places).size).toBe(candidatesMax);
  });
});

describe('the propensities of another policy', () => {
  const other: SlotPolicy = { scores: [0.3, -1, 2, 0], temperature: 0.7, epsilon: 0.05 };

  it('are those of the hand-worked list', () => {
    const policy = { scores: [0, Math.log(2), Math.log(3)], temperature: 1, epsilon: 0.1 };
    const seen = propensitiesOf(policy, [2, 0, 1]);
    for (const [slot, expected] of [0.45 + 0.1 / 3, 0.35, 1].entries())
      expect(seen[slot]).toBeCloseTo(expected, 14);
  });

  it.each([1, 2, 3, 4])('make a distribution over all lists of %d slots', (slots) => {
    expect(sumOf(allLists(4, slots).map((list) => productOf(propensitiesOf(other, list))))).toBeCloseTo(
      1,
      12,
    );
  });

  it('weigh draws of one policy into the mean of the other', () => {
    const own: SlotPolicy = { scores: [1, 0, 0, -1], temperature: 1, epsilon: 0.3 };
    // The value of a list: which places stand in it, and where. The truth is summed over all 24 lists of three.
    const worthOf = (list: ArrayLike<number>) => (list[0] ?? 0) + 2 * (list[1] ?? 0) - 0.5 * (list[2] ?? 0);
    const truth = sumOf(allLists(4, 3).map((list) => productOf(propensitiesOf(other, list)) * worthOf(list)));
    const random = createRandom(23);
    const draws = 20_000;
    const terms = Array.from({ length: draws }, () => {
      const { places, propensities } = exploreSlots(random, own, 3);
      return (productOf(propensitiesOf(other, places)) / productOf(propensities)) * worthOf(places);
    });
    const mean = sumOf(terms) / draws;
    const deviation = Math.sqrt(sumOf(terms.map((term) => (term - mean) ** 2)) / (draws - 1));
    expect(Math.abs(mean - truth)).toBeLessThan((4 * deviation) / Math.sqrt(draws));
  });

  it('are 0 for what it would never do', () => {
    const greedy = { scores: [1, 2, 3], temperature: 0, epsilon: 0 };
    expect(Array.from(propensitiesOf(greedy, [2, 0, 1]))).toEqual([1, 0, 1]);
  });
});

describe('what is refused', () => {
  const good: SlotPolicy = { scores: [1, 2], temperature: 1, epsilon: 0.1 };

  it.each<[string, Partial<SlotPolicy>]>([
    ['a score that is no number', { scores: [1, Number.NaN] }],
    ['a score of -Infinity', { scores: [Number.NEGATIVE_INFINITY, 1] }],
    ['a score of Infinity', { scores: [1, Number.POSITIVE_INFINITY] }],
    ['too many candidates', { scores: new Float64Array(candidatesMax + 1) }],
    ['a temperature below 0', { temperature: -1 }],
    ['a temperature that is no number', { temperature: Number.NaN }],
    ['an epsilon below 0', { epsilon: -0.1 }],
    ['an epsilon above 1', { epsilon: 1.1 }],
    ['an epsilon that is no number', { epsilon: Number.NaN }],
  ])('%s', (_, bad) => {
    const policy = { ...good, ...bad };
    expect(() => exploreSlots(createRandom(1), policy, 1)).toThrow(RangeError);
    expect(() => propensitiesOf(policy, [0])).toThrow(RangeError);
    expect(() => slotChances(policy, [0])).toThrow(RangeError);
  });

  it.each([[[2]], [[-1]], [[0, 0]], [[0.5]], [[Number.NaN]]])('the list %j', (list) => {
    expect(() => propensitiesOf(good, list)).toThrow(RangeError);
    expect(() => slotChances(good, list)).toThrow(RangeError);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d slots', (slots) => {
    expect(() => exploreSlots(createRandom(1), good, slots)).toThrow(RangeError);
  });
});

describe('the propensities of a list without chance', () => {
  it('are 1 in every slot of its own list', () => {
    expect(Array.from(orderedPropensities([7, 3, 9], [7, 3, 9]))).toEqual([1, 1, 1]);
    expect(Array.from(orderedPropensities([7, 3, 9], [7]))).toEqual([1]);
    expect(orderedPropensities([7], [])).toHaveLength(0);
  });

  it('are 0 where another item stands, given the items before it', () => {
    // It would put 7 first, not 3; then still 7, and that is there; then 9, not 5 that it does not know.
    expect(Array.from(orderedPropensities([7, 3, 9], [3, 7, 5]))).toEqual([0, 1, 0]);
  });

  it('are those of a policy of temperature 0 without epsilon', () => {
    const greedy = { scores: [0.2, 0.9, 0.1, 0.5], temperature: 0, epsilon: 0 };
    for (const list of [
      [1, 3, 0, 2],
      [3, 1, 0],
      [2, 0, 3, 1],
    ])
      expect(orderedPropensities([1, 3, 0, 2], list)).toEqual(propensitiesOf(greedy, list));
  });

  it('need each item once, and enough of them', () => {
    expect(() => orderedPropensities([1, 1], [1])).toThrow(RangeError);
    expect(() => orderedPropensities([1, 2, 3], [1, 1])).toThrow(RangeError);
    expect(() => orderedPropensities([1], [1, 2])).toThrow(RangeError);
  });
});
