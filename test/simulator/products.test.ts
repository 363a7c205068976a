import { describe, expect, it } from 'vitest';
import { createShopWorld } from '../../src/simulator/create-world.js';
import { shelfPriceCents } from '../../src/simulator/products.js';
import { interestNames } from '../../src/simulator/vocabulary/interests.js';
import type { Product } from '../../src/simulator/world.js';
import { until } from './history.js';

const { products, categories } = createShopWorld({ seed: 1, until, customers: 10, products: 500, years: 2 });

describe('the catalogue', () => {
  it('has unique codes and names, every category, and prices from cents to a hundred or so', () => {
    expect(new Set(products.map((product) => product.code)).size).toBe(500);
    expect(new Set(products.map((product) => product.name)).size).toBe(500);
    expect(new Set(products.map((product) => product.category)).size).toBe(categories.length);
    const prices = products.map((product) => product.hidden.priceCents).sort((one, other) => one - other);
    expect(prices[0]).toBeGreaterThan(50);
    expect(prices.at(-1)).toBeGreaterThan(6_000);
    expect(prices.at(-1)).toBeLessThan(40_000);
  });

  it('keeps names apart even when the words are used up', () => {
    const many = createShopWorld({ seed: 1, until, customers: 1, products: 5_000, years: 1 }).products;
    expect(new Set(many.map((product) => product.name)).size).toBe(5_000);
    expect(new Set(many.map((product) => product.code)).size).toBe(5_000);
  });

  it('is described in words that tell what is alike', () => {
    const words = products.map(
      (product) => new Set(`${product.name} ${product.description}`.toLowerCase().match(/\p{L}{4,}/gu)),
    );
    const documents = new Map<string, number>();
    for (const word of words.flatMap((set) => [...set])) documents.set(word, (documents.get(word) ?? 0) + 1);
    // Shared words count by their rarity, as any content recommender would count them.
    const likeness = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
      [...a].reduce((sum, word) => sum + (b.has(word) ? Math.log(500 / (documents.get(word) ?? 1)) : 0), 0);
    const interestsAlike = (a: Product, b: Product) =>
      a.hidden.interests.reduce((sum, weight, index) => sum + weight * (b.hidden.interests[index] ?? 0), 0);
    let sameCategory = 0;
    let alikeNearest = 0;
    let alikeAnyone = 0;
    for (const [index, product] of products.entries()) {
      const nearest = products
        .filter((other) => other !== product)
        .map((other) => ({
          other,
          score: likeness(words[index] ?? new Set(), words[other.index] ?? new Set()),
        }))
        .reduce((best, next) => (next.score > best.score ? next : best)).other;
      if (nearest.category === product.category) sameCategory += 1;
      alikeNearest += interestsAlike(product, nearest);
      alikeAnyone +=
        products.reduce((sum, other) => sum + interestsAlike(product, other), 0) / products.length;
    }
    expect(sameCategory / products.length).toBeGreaterThan(0.8);
    expect(alikeNearest / alikeAnyone).toBeGreaterThan(3);
  });

  it('gives each product the interests of its category and one theme', () => {
    for (const { category, hidden } of products) {
      const own = interestNames.map((name) => categories[category]?.interests[name] ?? 0);
      const extra = [...hidden.interests].map((weight, index) => weight - (own[index] ?? 0));
      expect(extra.filter((weight) => weight > 1e-9)).toHaveLength(1);
    }
  });
});

describe('shelfPriceCents', () => {
  it.each([
    [3, 45],
    [340, 345],
    [371, 395],
    [1_290, 1_295],
    [4_812, 4_795],
    [8_860, 8_900],
  ])('rounds %d to %d', (cents, price) => {
    expect(shelfPriceCents(cents)).toBe(price);
  });
});
