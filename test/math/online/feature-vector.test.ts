import { describe, expect, it } from 'vitest';
import { createFeatureVector, type FeatureValues } from '../../../src/math/online/feature-vector.js';

const vector = createFeatureVector([
  { name: 'price', kind: 'number' },
  { name: 'country', kind: 'category', values: ['France', 'Spain'] },
  { name: 'city', kind: 'hashed', buckets: 4 },
  { name: 'returning', kind: 'number' },
]);

function filled(values: FeatureValues): number[] {
  const into = new Float64Array(vector.length);
  vector.fill(values, into);
  return [...into];
}

describe('the vector of named features', () => {
  it('has a column per number, per listed value and per bucket, in the order of the features', () => {
    expect(vector.columns).toEqual([
      'price',
      'country=France',
      'country=Spain',
      'city#0',
      'city#1',
      'city#2',
      'city#3',
      'returning',
    ]);
    expect(vector.numberColumns).toEqual([0, 7]);
    expect(filled({ price: 2.5, country: 'Spain', returning: true })).toEqual([2.5, 0, 1, 0, 0, 0, 0, 1]);
  });

  it('leaves what is missing or not listed as NaN or 0', () => {
    const nothing = [Number.NaN, 0, 0, 0, 0, 0, 0, Number.NaN];
    expect(filled({})).toEqual(nothing);
    expect(filled({ price: null, country: 'Peru', city: undefined })).toEqual(nothing);
  });

  it('puts each hashed value into one bucket, always the same, and spreads values over buckets and signs', () => {
    // Fixed places: a change of the hash would make saved weights meaningless.
    expect(filled({ city: 'Lyon' }).slice(3, 7)).toEqual([0, 0, 0, -1]);
    const wide = createFeatureVector([{ name: 'city', kind: 'hashed', buckets: 16 }]);
    const sums = new Array<number>(16).fill(0);
    let signs = 0;
    const cities = 16_000;
    for (let city = 0; city < cities; city += 1) {
      const into = new Float64Array(16);
      wide.fill({ city: `city ${city}` }, into);
      const hit = into.findIndex((value) => value !== 0);
      sums[hit] = (sums[hit] ?? 0) + 1;
      signs += into[hit] ?? 0;
      expect(into.filter((value) => value !== 0)).toHaveLength(1);
    }
    const chiSquared = sums.reduce((sum, count) => sum + (count - cities / 16) ** 2 / (cities / 16), 0);
    // Fifteen degrees of freedom: above 37.7 in one of a thousand hashes that spread evenly.
    expect(chiSquared).toBeLessThan(37.7);
    expect(Math.abs(signs)).toBeLessThan(4 * Math.sqrt(cities));
  });

  it('says which name, number or declaration is wrong', () => {
    expect(() => filled({ pricee: 1 })).toThrow(
      'There is no feature pricee; the model reads price, country, city, returning.',
    );
    expect(() => filled({ price: 'dear' })).toThrow('"dear" is text');
    expect(() => filled({ price: Number.NaN })).toThrow('price is NaN');
    expect(() => filled({ price: 1e200 })).toThrow('not a number up to 1e100');
    const twice = { name: 'a', kind: 'number' } as const;
    expect(() => createFeatureVector([twice, twice])).toThrow('declared twice');
    expect(() => createFeatureVector([{ name: 'a', kind: 'category', values: ['x', 'x'] }])).toThrow(
      'lists a value',
    );
    expect(() => createFeatureVector([{ name: 'a', kind: 'hashed', buckets: 0 }])).toThrow(
      'at least one bucket',
    );
  });
});

describe('the sparse example of named features', () => {
  it('says the numbers that are not 0, and no missing ones', () => {
    const values: FeatureValues = { price: 2.5, country: 'Spain', city: 'Lyon', returning: null };
    const { columns, numbers } = vector.sparse(values);
    expect([...columns].sort((a, b) => a - b)).toEqual([0, 2, 6]);
    expect(columns.map((column) => filled(values)[column])).toEqual(numbers);
    expect(vector.sparse({ country: 'Peru' })).toEqual({ columns: [], numbers: [] });
    expect(() => vector.sparse({ pricee: 1 })).toThrow('There is no feature pricee');
  });

  it('says where the columns of a feature stand', () => {
    expect(vector.columnsOf('city')).toEqual({ first: 3, count: 4 });
    expect(vector.columnsOf('returning')).toEqual({ first: 7, count: 1 });
    expect(() => vector.columnsOf('town')).toThrow('There is no feature town');
  });
});
