// The warehouse beside the books of those who were shown decisions: everything that is not as it must be, as sentences.

import { z } from 'zod';
import { learnAnew } from '../../src/services/learning/consume.js';
import { learners } from '../../src/services/learning/learners.js';
import { readyLearner } from '../../src/services/learning/ready-learner.js';
import { readStates } from '../../src/warehouse/learner-states.js';
import type { TestDatabase } from '../support/postgres.js';
import { becameOf, type LifeBooks, windowMs } from './wheel-life.js';

interface StoredSlot {
  readonly id: string;
  readonly customer: string;
  readonly arm: string;
  readonly policy: string;
  readonly details: string | null;
  readonly slot: number;
  readonly product: string;
  readonly propensity: number;
  readonly shown: number | null;
  readonly closes: number | null;
  readonly responded: number | null;
  readonly clicked: number | null;
  readonly carted: number | null;
  readonly bought: number | null;
  readonly lesson: string | null;
  readonly exposures: number;
  readonly outcomes: number;
}

/** How likely each policy was drawn, and how likely each chooses the same, place by place. */
const detailsShape = z.object({
  shares: z.record(z.string(), z.number()),
  others: z.record(z.string(), z.array(z.number())),
});

async function readSlots({ pool }: TestDatabase): Promise<readonly StoredSlot[]> {
  const ms = (column: string) => `round(extract(epoch FROM slot.${column}) * 1000)::float8`;
  const { rows } = await pool.query<StoredSlot>(`
    SELECT decision.id, customer.code AS customer, decision.arm, decision.policy, decision.details, slot.slot,
      product.code AS product, slot.propensity, slot.lesson, ${ms('shown_at')} AS shown, ${ms('closes_at')} AS closes,
      ${ms('responded_at')} AS responded, ${ms('clicked_at')} AS clicked, ${ms('carted_at')} AS carted,
      ${ms('bought_at')} AS bought,
      (SELECT count(*)::int FROM fact_exposure AS fact
        WHERE fact.decision_id = slot.decision_id AND fact.slot = slot.slot) AS exposures,
      (SELECT count(*)::int FROM fact_outcome AS fact
        WHERE fact.decision_id = slot.decision_id AND fact.slot = slot.slot) AS outcomes
    FROM fact_decision AS decision JOIN fact_decision_slot AS slot ON slot.decision_id = decision.id
    JOIN dim_customer AS customer ON customer.id = slot.customer_id
    JOIN dim_product AS product ON product.id = slot.product_id
    WHERE decision.cause = 'asked' ORDER BY decision.id, slot.slot`);
  return rows;
}

/** What is wrong with the lists that were given: each is there, once, as it was shown. */
function findListFaults({ given }: LifeBooks, stored: readonly StoredSlot[]): readonly string[] {
  const lists = new Map<string, StoredSlot[]>();
  for (const slot of stored) lists.set(slot.id, [...(lists.get(slot.id) ?? []), slot]);
  const ids = given.map(({ decision }) => decision);
  const repeated = ids.length - new Set(ids).size;
  const faults = repeated === 0 ? [] : [`${repeated} decisions were given to two people, or twice.`];
  for (const { decision, customer, arm, products } of given) {
    const list = lists.get(decision ?? '') ?? [];
    const is = JSON.stringify(list.map((one) => [one.slot, one.product, one.customer, one.arm]));
    const mustBe = JSON.stringify(products.map((product, place) => [place + 1, product, customer, arm]));
    if (is !== mustBe) faults.push(`The decision ${decision} is stored as ${is} and was ${mustBe}.`);
  }
  return [...faults, ...[...lists.values()].flatMap(findChanceFaults)];
}

/** Chances are above 0 and at most 1, and those of all policies beside the decision, over which of them was drawn. */
function findChanceFaults(list: readonly StoredSlot[]): readonly string[] {
  const [first] = list;
  if (first === undefined) return [];
  const mustBe = first.details === null ? list.map(() => 1) : chancesOf(first.details, list.length);
  const isRight = list.every(({ propensity }, place) => {
    const wanted = mustBe[place] ?? Number.NaN;
    return propensity > 0 && propensity <= 1 && Math.abs(propensity - wanted) <= 1e-7 * wanted;
  });
  const isHeldOut = first.arm === 'HOLDOUT' && first.policy === 'floor';
  return isRight && isHeldOut === (first.details === null)
    ? []
    : [`The chances of ${first.id} are not those of its policies.`];
}

/** Of each place given those before it: how likely the list is up to there, as a share of how likely it was before. */
function chancesOf(details: string, places: number): readonly number[] {
  const { shares, others } = detailsShape.parse(JSON.parse(details));
  const upTo = Array.from({ length: places + 1 }, (_, length) =>
    Object.entries(shares).reduce((sum, [policy, share]) => {
      const chances = others[policy]?.slice(0, length) ?? [];
      return sum + chances.reduce((product, chance) => product * chance, share);
    }, 0),
  );
  return upTo.slice(1).map((chance, place) => chance / (upTo[place] ?? Number.NaN));
}

/** What is wrong with what became of them: what was seen and done is there, each once, and nothing else is. */
function findFateFaults(books: LifeBooks, stored: readonly StoredSlot[]): readonly string[] {
  const became = new Map(
    [...becameOf(books)].map(([slot, fate]) => [`${slot.decision} ${slot.slot}`, { slot, fate }]),
  );
  return stored.flatMap((row) => {
    const known = became.get(`${row.id} ${row.slot}`);
    const { click, add_to_cart: cart, purchase } = known?.fate ?? {};
    const times = [click, cart, purchase].flatMap((time) => time ?? []);
    const responded = times.length === 0 ? null : Math.min(...times);
    const shown = known?.slot.shownMs ?? null;
    const mustBe = [
      ...[shown, shown === null ? null : shown + windowMs, responded],
      ...[click ?? null, cart ?? null, purchase ?? null],
      ...[shown === null ? 0 : 1, responded === null ? 0 : 1, shown === null ? null : 'taught'],
    ];
    const { closes, clicked, carted, bought, exposures, outcomes, lesson } = row;
    const is = [row.shown, closes, row.responded, clicked, carted, bought, exposures, outcomes, lesson];
    return JSON.stringify(is) === JSON.stringify(mustBe)
      ? []
      : [`${row.id}/${row.slot} is ${JSON.stringify(is)} instead of ${JSON.stringify(mustBe)}.`];
  });
}

/** Each closed place taught once, and reading all that was taught again comes to the same bits. */
async function findLessonFaults(
  database: TestDatabase,
  stored: readonly StoredSlot[],
): Promise<readonly string[]> {
  const taught = stored.filter(({ lesson }) => lesson === 'taught').length;
  const response = learners.find(({ name }) => name === 'response');
  const read = async () => (await readStates(database)).find(({ learner }) => learner === 'response');
  const before = await read();
  if (response === undefined || before === undefined) return ['Nothing was learned of decisions.'];
  if (before.next !== BigInt(taught))
    return [`${before.next} examples were learned of ${taught} closed places.`];
  await learnAnew(database, readyLearner(response));
  const after = await read();
  const isSame = Buffer.from(before.memory.buffer).equals(
    Buffer.from(after?.memory.buffer ?? new ArrayBuffer(0)),
  );
  return isSame ? [] : ['The learner knows something else when it reads all examples again.'];
}

export interface WheelVerdict {
  /** How many decisions were given, places seen and places answered. */
  readonly given: number;
  readonly seen: number;
  readonly answered: number;
  /** What is not as it must be; empty when all is well. */
  readonly faults: readonly string[];
}

/** Everything has had its effect, and the clock has passed the ends of all decisions. */
export async function judgeWheel(database: TestDatabase, books: LifeBooks): Promise<WheelVerdict> {
  const stored = await readSlots(database);
  const { rows } = await database.pool.query<{ exposures: number; outcomes: number }>(
    'SELECT (SELECT count(*)::int FROM fact_exposure) AS exposures, (SELECT count(*)::int FROM fact_outcome) AS outcomes',
  );
  const fates = [...becameOf(books).values()];
  const answered = fates.filter(
    ({ click, add_to_cart, purchase }) => click ?? add_to_cart ?? purchase,
  ).length;
  const counted = JSON.stringify(rows[0]);
  const mustBe = JSON.stringify({ exposures: books.seen.length, outcomes: answered });
  return {
    given: books.given.length,
    seen: books.seen.length,
    answered,
    faults: [
      ...(counted === mustBe ? [] : [`There are ${counted} instead of ${mustBe}.`]),
      ...findListFaults(books, stored),
      ...findFateFaults(books, stored),
      ...(await findLessonFaults(database, stored)),
    ],
  };
}
