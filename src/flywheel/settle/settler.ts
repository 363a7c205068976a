// Works out what became of decisions as facts come in, and teaches it once the time of a decision is over.

import { isTimeout } from '../../core/errors.js';
import type { Lease } from '../../core/lease.js';
import { exposureType } from '../../events/catalogue.js';
import type { LiveWriter } from '../../metrics/live-facts.js';
import type { Database } from '../../warehouse/database.js';
import { assertLease } from '../../warehouse/lease-fence.js';
import type { Session } from '../../warehouse/session.js';
import { inTransaction } from '../../warehouse/transaction.js';
import { closeSlots, type Lesson, readDueSlots } from '../../warehouse/wheel/close-slots.js';
import { readFactChanges, type WheelFact, writeFactChanges } from '../../warehouse/wheel/outcome-facts.js';
import {
  type Moment,
  readLastShown,
  readNamed,
  readShown,
  type SlotKey,
  settlePlaces,
  showSlots,
} from '../../warehouse/wheel/settle.js';
import { type Touch, takeTouches, touchAgain } from '../../warehouse/wheel/touches.js';
import { isOff } from '../../warehouse/wheel/world.js';

export interface SettlerDeps {
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly liveWriter: LiveWriter;
  /** How long after it was shown behaviour is put down to a decision. */
  readonly windowMs: number;
  /** How many places of one customer and day teach at most. */
  readonly lessonsPerCustomerDay: number;
  /** Adds what closed places teach, in the transaction that closes them. */
  readonly teach: (session: Session, lessons: readonly Lesson[]) => Promise<void>;
  /** Told of what is left out because the database takes too long for it alone. */
  readonly onLeftOut: (what: Touch | SlotKey) => void;
}

/** What one step did. */
export interface Settled {
  readonly touches: number;
  readonly exposures: number;
  readonly outcomes: number;
  readonly closed: number;
  readonly taught: number;
  /** Whether something is left that waits for transactions which are under way. */
  readonly waits: boolean;
}

export interface Settler {
  /**
   * One step under the lease: takes what was noted, and closes what is due, each in a transaction. Zeros when there is
   * nothing to do. What it writes about exposures and outcomes is a function of the facts, whatever the order in which
   * they came; what closed places teach, and what is counted of policies, is not: a place is closed once, by the clock of
   * the log, with what was known then.
   */
  step(lease: Pick<Lease, 'name' | 'number'>): Promise<Settled>;
}

/** So many touches, or places, are worked on in one transaction at most. */
const touchesMax = 1_000;
const closedMax = 1_000;
/** The windows' name for who writes these facts: one at a time, under a lease. */
const writer = 'wheel';

/**
 * Does less at once where the database takes too long, and leaves out what is too much for it alone: a touch then counts when
 * its places are closed, and a place is closed with what is known of it.
 */
export function createSettler(deps: SettlerDeps): Settler {
  const { database } = deps;
  let touchesNow = touchesMax;
  let closedNow = closedMax;

  async function takeNoted(lease: Pick<Lease, 'name' | 'number'>) {
    let count = touchesNow;
    try {
      const taken = await inTransaction(database, async (session) => {
        await assertLease(session, lease);
        const { touches, waits } = await takeTouches(session, touchesNow);
        count = touches.length;
        const facts = await writeFacts(deps, session, await settleTouches(deps, session, touches));
        return { ...facts, touches: touches.length, waits };
      });
      touchesNow = Math.min(touchesMax, touchesNow * 2);
      return taken;
    } catch (error) {
      if (count === 0 || !isTimeout(error)) throw error;
      if (count > 1) touchesNow = Math.ceil(count / 2);
      else await leaveOut(lease);
      return { exposures: 0, outcomes: 0, touches: 1, waits: true };
    }
  }

  async function leaveOut(lease: Pick<Lease, 'name' | 'number'>): Promise<void> {
    const left = await inTransaction(database, async (session) => {
      await assertLease(session, lease);
      return (await takeTouches(session, 1)).touches;
    });
    for (const touch of left) deps.onLeftOut(touch);
  }

  async function close(lease: Pick<Lease, 'name' | 'number'>, most: number, settles: boolean) {
    const closed = await inTransaction(database, async (session) => {
      await assertLease(session, lease);
      const due = await readDueSlots(session, most);
      // Whatever was done meanwhile and noted by nobody is found now at the latest.
      const late = settles ? await settlePlaces(session, due, deps.windowMs) : [];
      const lessons = await closeSlots(session, due, {
        perCustomerDay: deps.lessonsPerCustomerDay,
        teaches: due.length > 0 && !(await isOff(session, 'LEARNING')),
      });
      const { outcomes } = await writeFacts(deps, session, late);
      await deps.teach(session, lessons);
      return { outcomes, due, taught: lessons.length };
    });
    if (!settles) for (const { decisionId, slot } of closed.due) deps.onLeftOut({ decisionId, slot });
    return { outcomes: closed.outcomes, closed: closed.due.length, taught: closed.taught };
  }

  async function closeDue(lease: Pick<Lease, 'name' | 'number'>) {
    try {
      const closed = await close(lease, closedNow, true);
      closedNow = Math.min(closedMax, closedNow * 2);
      return closed;
    } catch (error) {
      if (!isTimeout(error)) throw error;
      if (closedNow === 1) return close(lease, 1, false);
      closedNow = Math.ceil(closedNow / 2);
      return { outcomes: 0, closed: 1, taught: 0 };
    }
  }

  return {
    async step(lease) {
      const noted = await takeNoted(lease);
      const { outcomes, closed, taught } = await closeDue(lease);
      return { ...noted, outcomes: noted.outcomes + outcomes, closed, taught };
    },
  };
}

async function settleTouches(
  { windowMs }: SettlerDeps,
  session: Session,
  touches: readonly Touch[],
): Promise<readonly SlotKey[]> {
  if (touches.length === 0) return [];
  const decisions = [...new Set(touches.flatMap(({ decisionId }) => decisionId ?? []))];
  const shown = await showSlots(session, decisions, exposureType, windowMs);
  // What is shown takes acts from the place before it; and that where it stood till now, gives some back.
  const moved = shown.flatMap(({ customerId, productId, at, before }): Moment[] =>
    customerId === null
      ? []
      : [at, ...(before === null ? [] : [before])].map((moment) => ({ customerId, productId, at: moment })),
  );
  const acts = touches.flatMap(({ customerId, productId, at }): Moment[] =>
    customerId === null || at === null ? [] : [{ customerId, productId, at }],
  );
  const places = [
    ...(await readShown(session, decisions)),
    ...(await readLastShown(session, [...acts, ...moved, ...(await readNamed(session, decisions))])),
  ];
  if (shown.length > 0)
    await touchAgain(
      session,
      shown.map(({ decisionId }) => decisionId),
    );
  return [...shown, ...(await settlePlaces(session, places, windowMs))];
}

async function writeFacts(
  { liveWriter }: SettlerDeps,
  session: Session,
  slots: readonly SlotKey[],
): Promise<{ readonly exposures: number; readonly outcomes: number }> {
  if (slots.length === 0) return { exposures: 0, outcomes: 0 };
  const known = new Map(slots.map((key) => [`${key.decisionId} ${key.slot}`, key]));
  const changed = [...known.values()];
  const exposures = await readFactChanges(session, 'fact_exposure', changed);
  const outcomes = await readFactChanges(session, 'fact_outcome', changed);
  const shown = (facts: readonly WheelFact[]) => facts.map((fact) => rowOf(fact, 'shownAt'));
  const answered = (facts: readonly WheelFact[]) => facts.map((fact) => rowOf(fact, 'occurredAt'));
  await liveWriter.write(session, writer, [
    { model: 'Exposure', rows: shown(exposures.gone), gone: true },
    { model: 'Exposure', rows: shown(exposures.added) },
    { model: 'Outcome', rows: answered(outcomes.gone), gone: true },
    { model: 'Outcome', rows: answered(outcomes.added) },
  ]);
  await writeFactChanges(session, 'fact_exposure', exposures);
  await writeFactChanges(session, 'fact_outcome', outcomes);
  return { exposures: exposures.added.length, outcomes: outcomes.added.length };
}

/** The fact by the names of its model's fields. */
function rowOf({ atMs, ...fact }: WheelFact, time: 'shownAt' | 'occurredAt') {
  return { ...fact, [time]: atMs };
}
