// Draws the catalogue of the simulated shop: names and descriptions to read, and the truth behind them.

import type { Random } from '../core/random.js';
import { drawIndex, drawNormal } from '../math/random-variates.js';
import { type Category, categories } from './vocabulary/categories.js';
import { type InterestName, interestNames, interestPhrases, styles } from './vocabulary/interests.js';
import type { Product, ShopSetting } from './world.js';

const newProductShare = 0.1;
const discontinuedShare = 0.06;
const slowMoverShare = 0.1;
const slowMoverFactor = 0.05;
const complementShare = 0.35;
const appealDeviation = 0.9;
const mainThemeShare = 0.6;
const themeWeight = 0.8;

/** A product before its partner in the basket is known. */
type Draft = Omit<Product, 'hidden'> & { readonly hidden: Omit<Product['hidden'], 'complement'> };

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random.integer(items.length)];
  if (item === undefined) throw new RangeError('cannot pick from an empty list');
  return item;
}

/** Rounds to the prices that shops like: 3.45, 12.95, 47.95, 89.00. */
export function shelfPriceCents(cents: number): number {
  if (cents < 2_000) return Math.max(45, Math.round((cents + 5) / 50) * 50 - 5);
  if (cents < 6_000) return Math.round((cents + 5) / 100) * 100 - 5;
  return Math.round(cents / 100) * 100;
}

/** A name that no other product has; a number is added only when the words are used up. */
function freshName(
  random: Random,
  taken: Set<string>,
  words: readonly string[],
  variant: string,
  article: string,
) {
  let name = `${pick(random, words)} ${variant} ${article}`;
  for (let attempt = 0; taken.has(name) && attempt < 12; attempt += 1) {
    name = `${pick(random, words)} ${variant} ${article}`;
  }
  const stem = name;
  for (let number = 2; taken.has(name); number += 1) name = `${stem} No. ${number}`;
  taken.add(name);
  return name;
}

/** Interests of a product: those of its category, and one theme of its own that its description speaks of. */
function drawInterests(random: Random, category: Category): { interests: Float64Array; theme: InterestName } {
  const own = interestNames.map((name) => category.interests[name] ?? 0);
  const main = interestNames[drawIndex(random, own)] ?? pick(random, interestNames);
  const theme = random.uniform() < mainThemeShare ? main : pick(random, category.alsoFor);
  const interests = Float64Array.from(
    own,
    (weight, index) => weight + (interestNames[index] === theme ? themeWeight : 0),
  );
  return { interests, theme };
}

function drawSaleDays(
  random: Random,
  setting: ShopSetting,
): { introducedOn: number; discontinuedOn: number } {
  const days = setting.closesOn - setting.opensOn;
  const fate = random.uniform();
  const moment = random.uniform();
  if (fate < newProductShare) {
    const introducedOn = setting.opensOn + Math.floor(days * (0.15 + 0.75 * moment));
    return { introducedOn, discontinuedOn: Number.POSITIVE_INFINITY };
  }
  if (fate < newProductShare + discontinuedShare) {
    const discontinuedOn = setting.opensOn + Math.floor(days * (0.3 + 0.6 * moment));
    return { introducedOn: Number.NEGATIVE_INFINITY, discontinuedOn };
  }
  return { introducedOn: Number.NEGATIVE_INFINITY, discontinuedOn: Number.POSITIVE_INFINITY };
}

function drawDraft(random: Random, setting: ShopSetting, index: number, taken: Set<string>): Draft {
  const categoryIndex = index % categories.length;
  const category = categories[categoryIndex];
  if (category === undefined) throw new RangeError('the shop has no categories');
  const [article, usualPrice, variants] = pick(random, category.articles);
  const variant = pick(random, category.variants[variants] ?? []);
  const style = random.integer(styles.length);
  const look = styles[style];
  const { interests, theme } = drawInterests(random, category);
  if (look === undefined) throw new RangeError('the vocabulary has a gap');
  const priceTier = drawNormal(random, 0, 1);
  const slowMover = random.uniform() < slowMoverShare;
  const name = freshName(random, taken, look.words, variant, article);
  const description =
    `${variant} ${article.toLowerCase()} ${pick(random, look.phrases)}. ${pick(random, category.uses)}. ` +
    `${pick(random, interestPhrases[theme])}. ${pick(random, category.details)}.`;
  return {
    index,
    code: `${category.prefix}-${1001 + Math.floor(index / categories.length)}`,
    name,
    description,
    category: categoryIndex,
    hidden: {
      interests,
      style,
      appeal:
        Math.log(category.demand) +
        drawNormal(random, 0, appealDeviation) +
        (slowMover ? Math.log(slowMoverFactor) : 0),
      priceTier,
      priceCents: shelfPriceCents(100 * usualPrice * Math.exp(0.3 * priceTier)),
      inflationPerYear: 0.01 + 0.05 * random.uniform(),
      ...drawSaleDays(random, setting),
      slowMover,
    },
  };
}

/** The partner that suits a product best among the categories that go with it: same look, same interests. */
function drawComplement(
  random: Random,
  draft: Draft,
  drafts: readonly Draft[],
): Product['hidden']['complement'] {
  if (random.uniform() >= complementShare) return null;
  const partners = categories[draft.category]?.pairsWith ?? [];
  let best: Draft | null = null;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const other of drafts) {
    const prefix = categories[other.category]?.prefix ?? '';
    if (other === draft || other.hidden.slowMover || !partners.includes(prefix)) continue;
    let score = 2 * random.uniform() + (other.hidden.style === draft.hidden.style ? 1 : 0);
    for (const [interest, weight] of draft.hidden.interests.entries())
      score += weight * (other.hidden.interests[interest] ?? 0);
    if (score <= bestScore) continue;
    best = other;
    bestScore = score;
  }
  return best === null ? null : { product: best.index, chance: 0.15 + 0.25 * random.uniform() };
}

/** Draws the whole catalogue; a pure function of the source and the setting. Codes and names are unique. */
export function drawProducts(random: Random, setting: ShopSetting): readonly Product[] {
  const taken = new Set<string>();
  const drafts = Array.from({ length: setting.products }, (_, index) =>
    drawDraft(random.stream(`product/${index}`), setting, index, taken),
  );
  return drafts.map((draft) => ({
    ...draft,
    hidden: {
      ...draft.hidden,
      complement: drawComplement(random.stream(`complement/${draft.index}`), draft, drafts),
    },
  }));
}
