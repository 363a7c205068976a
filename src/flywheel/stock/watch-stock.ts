// The duty that looks at stock as it changes, and decides to order when it is at the reorder point.

import type { Lease } from '../../core/lease.js';
import { pause } from '../../core/pause.js';
import { type Decision, recordOf } from '../../events/decision.js';
import type { ForecastingService } from '../../services/forecasting/contract.js';
import type { Database } from '../../warehouse/database.js';
import { readProductSeries, unitPeriodsMax } from '../../warehouse/service-reads/product-series.js';
import {
  type ReorderChange,
  readStockBook,
  type StockBook,
  type WatchedStock,
  writeReorderChanges,
} from '../../warehouse/wheel/reorder-states.js';
import { readWorld } from '../../warehouse/wheel/world.js';
import { demandItem } from './demand-of-product.js';
import { type KnownWorld, reorderDecision } from './reorder-decision.js';
import { reorderOf } from './reorder-of-product.js';
import type { ReorderTerms } from './reorder-terms.js';

/**
 * Products that are forecast by one call, and how long that may take: nobody waits for it. Whoever does wait for a
 * forecast goes first, so calls are small, and several times as long as one took is left free after it.
 */
const batchSize = 20;
const restTimes = 3;
const deadlineMs = 30_000;
/**
 * The book of stock is the dearer to read the more was sold since the counts, so that it is not read again before so many
 * times as long as that took.
 */
const bookRestTimes = 19;

export interface WatchStockDeps {
  readonly database: Database;
  readonly forecasting: Pick<ForecastingService, 'forecast'>;
  /** What the duty is held under; nothing is decided once somebody else has it. */
  readonly lease: Pick<Lease, 'name' | 'number'>;
  readonly terms: ReorderTerms;
  /** The topics that bring events, and the one that decisions go to. */
  readonly inputTopics: readonly string[];
  readonly decisionsTopic: string;
  /** Resolves when stock may have changed, or after some time. */
  readonly wait: () => Promise<void>;
  readonly onDecided?: (decisions: readonly Decision[]) => void;
}

/**
 * Looks at each product whose stock has changed since it last looked, and at each of them once for every day that the
 * shop goes on, since that moves the forecast; those whose stock changed go first. Where goods are to be ordered and were
 * not before, or the product is seen for the first time, it makes one decision. The next one is made only after a newer
 * count had enough of it: a forecast that falls brings no goods. A forecast that is degraded decides nothing and is
 * asked for again. Nothing is looked at while ordering is switched off. Works until the signal comes; rejects with what
 * time may heal, such as UNAVAILABLE, and with LeaseLost.
 */
export async function watchStock(deps: WatchStockDeps, signal: AbortSignal): Promise<void> {
  const looked = new Map<number, Look>();
  const books = createBooks(deps.database);
  while (!signal.aborted) {
    const beganMs = performance.now();
    const isMore = await lookAtSome(deps, books, looked, signal);
    await pause(restTimes * (performance.now() - beganMs), signal);
    if (isMore) continue;
    await deps.wait();
    await books.rest(signal);
  }
}

/** The book of stock, read anew when it has rested. */
function createBooks(database: Database) {
  let book: StockBook | undefined;
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  const restMs = () => Math.max(0, freshUntilMs - performance.now());
  return {
    /** Resolves when it is read anew. A timer that goes off a little early would have the old one looked at for nothing. */
    async rest(signal: AbortSignal): Promise<void> {
      while (restMs() > 0 && !signal.aborted) await pause(Math.ceil(restMs()), signal);
    },
    async read(signal: AbortSignal): Promise<StockBook> {
      if (book !== undefined && restMs() > 0) return book;
      const beganMs = performance.now();
      book = await readStockBook(database, signal);
      const endedMs = performance.now();
      freshUntilMs = endedMs + bookRestTimes * (endedMs - beganMs);
      return book;
    },
  };
}

/** What a product was looked at with; the same again needs no look. */
interface Look {
  readonly stock: string;
  readonly day: number;
}

const dayMs = 86_400_000;

function lookOf({ counted, countedAt, soldSince }: WatchedStock, { newestSaleAt }: StockBook): Look {
  return {
    stock: `${counted} ${countedAt.getTime()} ${soldSince}`,
    day: Math.floor((newestSaleAt?.getTime() ?? 0) / dayMs),
  };
}

/** Whether there is more to look at. */
async function lookAtSome(
  deps: WatchStockDeps,
  books: ReturnType<typeof createBooks>,
  looked: Map<number, Look>,
  signal: AbortSignal,
): Promise<boolean> {
  const { database, inputTopics } = deps;
  const world = await readWorld(database, inputTopics);
  if (world.off.has('REORDER')) return false;
  const book = await books.read(signal);
  const isMoved = (one: WatchedStock) => looked.get(one.productId)?.stock !== lookOf(one, book).stock;
  const isDue = (one: WatchedStock) =>
    isMoved(one) || looked.get(one.productId)?.day !== lookOf(one, book).day;
  const isUrgent = (one: WatchedStock) => one.state === null || (looked.has(one.productId) && isMoved(one));
  const due = book.products.filter(isDue);
  const chosen = [...due.filter(isUrgent), ...due.filter((one) => !isUrgent(one))].slice(0, batchSize);
  if (chosen.length === 0) return false;
  const nowMs = world.watermarkMs ?? latestOf(book);
  const changes = await changesOf(deps, chosen, { position: world.position, nowMs }, signal);
  if (changes === undefined || signal.aborted) return false;
  const isWritten = changes.length === 0 || (await write(deps, changes));
  if (!isWritten) return false;
  for (const one of chosen) looked.set(one.productId, lookOf(one, book));
  return due.length > chosen.length;
}

/** The clock of a shop that no events came from: its newest sale, or count. */
function latestOf({ newestSaleAt, products }: StockBook): number {
  return products.reduce(
    (latest, { countedAt }) => Math.max(latest, countedAt.getTime()),
    newestSaleAt?.getTime() ?? 0,
  );
}

interface Change extends Omit<ReorderChange, 'decision'> {
  readonly decision: Decision | null;
}

async function write(
  { database, lease, decisionsTopic, onDecided }: WatchStockDeps,
  changes: readonly Change[],
): Promise<boolean> {
  const entries = changes.map(({ decision, ...change }) => ({
    ...change,
    decision: decision === null ? null : { topic: decisionsTopic, ...recordOf(decision) },
  }));
  const isWritten = await writeReorderChanges(database, lease, entries);
  const decisions = changes.flatMap(({ decision }) => decision ?? []);
  if (isWritten && decisions.length > 0) onDecided?.(decisions);
  return isWritten;
}

/** Which of the products stand otherwise than before; undefined where their demand cannot be forecast now. */
async function changesOf(
  { database, forecasting, terms }: WatchStockDeps,
  chosen: readonly WatchedStock[],
  world: KnownWorld,
  signal: AbortSignal,
): Promise<readonly Change[] | undefined> {
  const codes = chosen.map(({ code }) => code);
  const series = await readProductSeries(database, {
    codes,
    grain: 'DAY',
    periodsMax: unitPeriodsMax,
    signal,
  });
  const units = series.products.map((product) => product?.units ?? []);
  const items = units.filter((own) => own.length > 0).map((own) => demandItem(own, terms));
  const answer = items.length === 0 ? undefined : await forecasting.forecast(items, { signal, deadlineMs });
  if (answer?.degraded === true) return undefined;
  const forecasts = [...(answer?.results ?? [])];
  return chosen.flatMap((stock, place) => {
    const forecast = (units[place] ?? []).length > 0 ? (forecasts.shift() ?? null) : null;
    const reorder = reorderOf({ stock, forecast, terms, onOrder: 0 });
    const { advice } = reorder;
    if (advice === null) return [];
    const isBelow = reorder.status === 'ORDER_NOW';
    const { state } = stock;
    const isNews =
      state === null ||
      (isBelow ? !state.isBelow : state.isBelow && stock.countedAt.getTime() > state.lookedAt.getTime());
    if (!isNews) return [];
    const after = state?.decisionId ?? null;
    const decision = isBelow
      ? reorderDecision(
          { product: stock.code, stock, reorder, advice, model: answer?.model ?? null, after },
          world,
        )
      : null;
    const next = { isBelow, decisionId: decision?.id ?? after, lookedAt: stock.movedAt };
    return [{ productId: stock.productId, state: next, decision }];
  });
}
