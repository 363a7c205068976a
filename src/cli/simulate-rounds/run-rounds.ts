// Lives through the rounds: everybody asks, sees, acts; in between it waits until all of it has had its effect.

import { type Answer, answersTo } from '../../simulator/rounds/answers.js';
import { type Entry, openLedger, rounded } from '../../simulator/rounds/ledger.js';
import { bestSellersOf, dailyUnitsOf, openingOf } from '../../simulator/rounds/opening.js';
import { type ReportedRound, type RoundReport, showTruth } from '../../simulator/rounds/round-report.js';
import type { Phase, RoundShop } from '../../simulator/rounds/round-shop.js';
import { planRounds, type RoundTimes } from '../../simulator/rounds/round-times.js';
import { fixTruth, type Truth } from '../../simulator/rounds/truth.js';
import type { Act } from '../../simulator/rounds/visits.js';
import { visitsOfDay } from '../../simulator/rounds/visits.js';
import type { AskOrders } from './reorder-orders.js';
import { createEventWriter, type Happening, type ShopEvent } from './shop-events.js';
import { openStores, type Stores } from './stores.js';
import type { Proposed, WheelDoors } from './wheel-doors.js';

export interface RunRoundsDeps {
  readonly doors: WheelDoors;
  readonly askOrders: AskOrders;
  readonly nowMs: number;
  /** Told before anything is sent. */
  readonly onTruth: (truth: RoundReport['truth'], setting: RoundReport['setting'], times: RoundTimes) => void;
  readonly onRound: (round: ReportedRound) => void;
  /** What is being done, for whoever waits. */
  readonly onStep: (step: string) => void;
}

export interface RunRoundsOptions {
  readonly shop: RoundShop;
  readonly rounds: number;
  /** Nothing is learned from the first event to the last. */
  readonly frozen: boolean;
}

/** The recommender is trained after the opening, and again each time that so many rounds are over. */
const roundsPerTraining = 2;

/** All that a round needs to know. */
interface Life {
  readonly shop: RoundShop;
  readonly truth: Truth;
  readonly times: RoundTimes;
  readonly doors: WheelDoors;
  readonly write: (happenings: readonly Happening[]) => readonly ShopEvent[];
  readonly stores: Stores;
  customerCode(customer: number): string;
}

/**
 * Lives through an opening and `rounds` rounds at a gateway, one thing after the other, and resolves to what came of it.
 * Learning is switched off at the gateway until the opening is over, and to the end where `frozen`; afterwards it is on,
 * also after a failure. Rejects with a FlywheelError whose message says what to do.
 */
export async function runRounds(deps: RunRoundsDeps, options: RunRoundsOptions): Promise<RoundReport> {
  const { doors, nowMs, onStep } = deps;
  const { shop, rounds, frozen } = options;
  const times = planRounds({ rounds, nowMs, ...(await doors.state()) });
  const opening = openingOf(shop);
  const truth = fixTruth(shop, bestSellersOf(shop, opening));
  const stores = openStores(shop, {
    dailyUnits: dailyUnitsOf(opening, shop.products.length),
    askOrders: deps.askOrders,
    roundMs: times.roundMs,
  });
  const categoriesKnown = await doors.knowsCategory(shop.products[0]?.code ?? '');
  const setting = { ...shop.setting, rounds, frozen, categoriesKnown };
  const shown = { before: showTruth(truth.before), after: showTruth(truth.after) };
  deps.onTruth(shown, setting, times);
  // People of their own for each run, whatever a gateway has seen before.
  const run = Math.floor(times.startMs / 60_000).toString(36);
  const customerCode = (customer: number) => `R${shop.setting.seed}-${run}-${customer + 1}`;
  const write = createEventWriter(`${shop.setting.seed}-${run}`);
  const life: Life = { shop, truth, times, doors, write, stores, customerCode };
  await doors.switchLearning(false);
  try {
    for (const { day, acts } of opening) {
      onStep(`day ${day + 1} of the opening`);
      await doors.collect(write(happeningsOf(life, acts, (at) => times.openingMs(day, at))));
    }
    await doors.collect(write(stores.counts(times.countedMs(0))));
    onStep('the opening, until all of it has had its effect');
    await doors.settle();
    if (!frozen) {
      onStep('the first training');
      await doors.trainRecommender(shop.setting.seed);
      await doors.switchLearning(true);
    }
    return { setting, truth: shown, ...(await liveRounds(life, deps, options)) };
  } finally {
    await doors.switchLearning(true);
  }
}

async function liveRounds(
  life: Life,
  { onRound, onStep }: RunRoundsDeps,
  { rounds, frozen, shop }: RunRoundsOptions,
): Promise<Pick<RoundReport, 'rounds' | 'lift' | 'stock'>> {
  const close = openLedger(shop.customers.length);
  const reported: ReportedRound[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    onStep(`round ${round} of ${rounds}`);
    // The second half of the rounds, the longer one where they are odd.
    const phase: Phase = round > Math.floor(rounds / 2) ? 1 : 0;
    const { entries, undecided, degraded } = await liveRound(life, round, phase);
    const figures = close(entries);
    const { best, floor } = phase === 0 ? life.truth.before : life.truth.after;
    const regretShare = figures.regret === null ? null : rounded(figures.regret / (best - floor));
    reported.push({ round, drifted: phase === 1, ...figures, regretShare, undecided, degraded });
    onRound({ round, drifted: phase === 1, ...figures, regretShare, undecided, degraded });
    if (!frozen && round % roundsPerTraining === 0 && round < rounds) {
      onStep(`a training after round ${round}`);
      await life.doors.trainRecommender(shop.setting.seed + round);
    }
  }
  const lift = reported[reported.length - 1]?.liftSoFar ?? null;
  return { rounds: reported, lift, stock: life.stores.figures() };
}

/** A list that was shown, and what was done about it. */
interface ShownProposal {
  readonly customer: number;
  readonly proposed: Proposed;
  readonly products: readonly (number | null)[];
  readonly answers: readonly Answer[];
}

async function liveRound(life: Life, round: number, phase: Phase) {
  const { shop, times, doors, write, stores, customerCode } = life;
  const acts = visitsOfDay(shop, `round/${round}`, phase);
  const happenings = happeningsOf(life, acts, (at) => times.roundAtMs(round, at));
  const firstShownMs = times.shownMs(round, 0);
  await doors.collect(write(happenings.filter(({ atMs }) => atMs < firstShownMs)));
  // What people did in the morning is known when they ask.
  await doors.settle();
  const proposed = await doors.propose(shop.customers.map(({ index }) => customerCode(index)));
  const shown = proposed.map((proposal, customer) => showTo(life, proposal, customer, round, phase));
  const evening = happenings.filter(({ atMs }) => atMs >= firstShownMs);
  const seen = shown.flatMap((one) => seenHappenings(life, one, round));
  const bought = [...happenings, ...seen].filter(({ type }) => type === 'purchase');
  stores.sell(bought.flatMap(({ product }) => product ?? []));
  await doors.collect(write([...seen, ...evening, ...stores.counts(times.countedMs(round))]));
  await doors.settle();
  await stores.endDay();
  return {
    entries: shown.flatMap((one) => entryOf(life, one, phase)),
    undecided: proposed.filter(({ decision }) => decision === null).length,
    degraded: proposed.filter(({ degraded }) => degraded).length,
  };
}

function showTo(
  life: Life,
  proposed: Proposed,
  customer: number,
  round: number,
  phase: Phase,
): ShownProposal {
  const { shop, truth, stores } = life;
  const products = proposed.products.map((code) => stores.productOf(code));
  return {
    customer,
    proposed,
    products,
    answers: answersTo(shop, truth, { customer, products }, round, phase),
  };
}

/** What people do by themselves, at moments. */
function happeningsOf(
  { shop, customerCode }: Pick<Life, 'shop' | 'customerCode'>,
  acts: readonly Act[],
  momentOf: (at: number) => number,
): readonly Happening[] {
  return acts.map(({ type, customer, product, at }) => ({
    type,
    atMs: momentOf(at),
    customer: customerCode(customer),
    ...soldProduct(shop, product),
  }));
}

function soldProduct(shop: RoundShop, product: number) {
  const { code = '', priceCents = 0 } = shop.products[product] ?? {};
  return { product: code, priceCents };
}

/** That a list was shown, and its answers: to click, to put into the cart, to buy. */
function seenHappenings(life: Life, { customer, proposed, answers }: ShownProposal, round: number) {
  const { shop, times, customerCode } = life;
  if (proposed.decision === null) return [];
  const shownMs = times.shownMs(round, customer / shop.customers.length);
  const code = customerCode(customer);
  const { decision } = proposed;
  const exposure: Happening = { type: 'exposure', atMs: shownMs, customer: code, decision };
  const done = answers.flatMap(({ product, isCarted, isBought, namesDecision, delay }) => {
    const atMs = times.answeredMs(shownMs, delay);
    const about = {
      customer: code,
      ...soldProduct(shop, product),
      ...(namesDecision ? { decision } : {}),
    };
    const click: Happening = { type: 'click', atMs, ...about };
    const cart: Happening = { type: 'add_to_cart', atMs: atMs + 1_000, ...about };
    const purchase: Happening = { type: 'purchase', atMs: atMs + 2_000, ...about };
    return [click, ...(isCarted ? [cart] : []), ...(isBought ? [purchase] : [])];
  });
  return [exposure, ...done];
}

/** What the books are told of a list; nothing where it was no decision, since it was not shown then. */
function entryOf(
  { shop, truth }: Life,
  { customer, proposed, products, answers }: ShownProposal,
  phase: Phase,
): Entry[] {
  const person = shop.customers[customer];
  const { decision, arm } = proposed;
  if (decision === null || arm === null || person === undefined) return [];
  const known = products.flatMap((product) => product ?? []);
  return [
    {
      customer,
      arm,
      shown: products.length,
      answered: answers.length,
      expectedRate: truth.rateOf(person, known, phase),
      bestRate: truth.bestRateOf(person, phase),
    },
  ];
}
