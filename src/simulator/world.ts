// The hidden truth of the simulated shop: who its people are, what they want, what it sells.
// `hidden` holds what no file and no event ever tells; only evaluations may compare with it.

import type { Random } from '../core/random.js';
import type { Category } from './vocabulary/categories.js';
import type { Region } from './vocabulary/regions.js';

/** The size and the time of a shop; together with the seed they determine everything. */
export interface ShopSetting {
  readonly seed: number;
  /** How many customers have come by the closing day. */
  readonly customers: number;
  readonly products: number;
  /** First day of trade, in days since 1970-01-01 UTC. */
  readonly opensOn: number;
  /** The day on which the past ends; people go on living after it. */
  readonly closesOn: number;
}

export interface Product {
  readonly index: number;
  readonly code: string;
  readonly name: string;
  readonly description: string;
  /** Index of `ShopWorld.categories`. */
  readonly category: number;
  readonly hidden: {
    /** How much the product serves each interest, in the order of `interestNames`; from 0 to about 2. */
    readonly interests: Float64Array;
    /** Index of `styles`. */
    readonly style: number;
    /** Logarithm of how often it is bought, all tastes aside. */
    readonly appeal: number;
    /** How dear it is for its kind: 0 is usual, 1 is dear, -1 is cheap. */
    readonly priceTier: number;
    /** Price at the opening, in cents. */
    readonly priceCents: number;
    readonly inflationPerYear: number;
    /** First and last day on sale; infinite where the product was always there, or stays. */
    readonly introducedOn: number;
    readonly discontinuedOn: number;
    readonly slowMover: boolean;
    /** What is put into the basket along with it, and how often. */
    readonly complement: { readonly product: number; readonly chance: number } | null;
  };
}

export type Loyalty = 'occasional' | 'regular' | 'devoted';

/** A stretch of days, both included, in which a person is a customer. */
export interface Spell {
  readonly from: number;
  readonly to: number;
}

export interface Shopper {
  /** Customers count from 0; guests have an index of their own. */
  readonly index: number;
  /** Null for a guest, who leaves no name. */
  readonly code: string | null;
  readonly name: string | null;
  /** Index of `ShopWorld.regions`. */
  readonly region: number;
  readonly hidden: {
    /** Weights that sum to 1, in the order of `interestNames`. */
    readonly interests: Float64Array;
    /** Weights that sum to 1, in the order of `styles`. */
    readonly styles: Float64Array;
    /** The price tier that the person likes best. */
    readonly budget: number;
    readonly loyalty: Loyalty;
    /** Mean orders per year while a customer, at a demand factor of 1. */
    readonly ordersPerYear: number;
    /** Mean products in a basket beyond the first, complements aside. */
    readonly extraLines: number;
    /** A trade buyer takes this many times the units; 1 for everybody else. */
    readonly unitsFactor: number;
    /** How readily goods are sent back; 1 is usual. */
    readonly returnProneness: number;
    /** Index of the daily rhythms. */
    readonly dailyRhythm: number;
    /** In order, apart from each other: the second one is a customer won back. Nothing is bought outside. */
    readonly spells: readonly Spell[];
    /** Whether the first day brings a first purchase, or only an account. */
    readonly buysOnArrival: boolean;
    /** The share of each category in what the person picks when demand is level; sums to 1. */
    readonly categoryShares: Float64Array;
  };
}

export interface ShopWorld {
  readonly setting: ShopSetting;
  readonly random: Random;
  readonly categories: readonly Category[];
  readonly regions: readonly Region[];
  readonly products: readonly Product[];
  /** Indexes of the products of each category. */
  readonly productsByCategory: readonly (readonly number[])[];
  /** Everybody with a code who has come by the closing day. */
  readonly customers: readonly Shopper[];
  /** People who buy without a code, all the time. */
  readonly guests: readonly Shopper[];
  /** What every order rate is multiplied by, so that a large shop stays within its number of lines. */
  readonly pace: number;
}
