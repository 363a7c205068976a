// Works out what became of decisions as facts come in, and teaches it once the time of a decision is over.

import type { Lease } from '../../core/lease.js';
import { exposureType } from '../../events/catalogue.js';
import type { LiveWriter } from '../../metrics/live-facts.js';
import type { Database } from '../../warehouse/database.js';
import { assertLease } from '../../warehouse/lease-fence.js';
import type { Session } from '../../warehouse/session.js';
import { inTransaction } from '../../warehouse/transaction.js';
import { closeSlots, type Lesson, readDueSlots } from '../../warehouse/wheel/close-slots.js';
import { readFactChanges, type WheelFact, writeFactChanges } from '../../warehouse/wheel/outcome-facts.js';
import { type Pair, readShown, type SlotKey, settlePairs, showSlots } from '../../warehouse/wheel/settle.js';
import { addTouches, type Touch, takeTouches } from '../../warehouse/wheel/touches.js';
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
}

/** What one step did. */
export interface Settled {
  readonly touches: number;
  readonly exposures: number;
  readonly outcomes: number;
  readonly closed: number;
  readonly taught: number;
}

/** So many touches, or places, are worked on in one transaction. */
const touchesMax = 2_000;
const closedMax = 1_000;
/** The windows' name for who writes these facts: one at a time, under a lease. */
const writer = 'wheel';

/**
 * One step in one transaction under the lease: takes what was noted, then closes what is due. Zeros when there is nothing
 * to do. What it writes is a function of the facts, whatever the order in which they came.
 */
export async function settleOnce(deps: SettlerDeps, lease: Pick<Lease, 'name' | 'number'>): Promise<Settled> {
  return inTransaction(deps.database, async (session) => {
    await assertLease(session, lease);
    const touches = await takeTouches(session, touchesMax);
    const noted = await settleTouches(deps, session, touches);
    const due = await readDueSlots(session, closedMax);
    // Whatever was done meanwhile and noted by nobody is found now at the latest.
    const late = await settlePairs(
      session,
      due.map(({ customerId, productId, shownAt }) => ({ customerId, productId, from: shownAt })),
    );
    const lessons = await closeSlots(session, due, {
      perCustomerDay: deps.lessonsPerCustomerDay,
      teaches: due.length > 0 && !(await isOff(session, 'LEARNING')),
    });
    const { exposures, outcomes } = await writeFacts(deps, session, [...noted, ...late]);
    await deps.teach(session, lessons);
    return { touches: touches.length, exposures, outcomes, closed: due.length, taught: lessons.length };
  });
}

async function settleTouches(
  { windowMs }: SettlerDeps,
  session: Session,
  touches: readonly Touch[],
): Promise<readonly SlotKey[]> {
  const decisions = [...new Set(touches.flatMap(({ decisionId }) => decisionId ?? []))];
  const acts = touches.flatMap(({ customerId, productId, at }): Pair[] =>
    customerId === null || at === null ? [] : [{ customerId, productId, from: at }],
  );
  if (decisions.length === 0) return settlePairs(session, acts);
  const shown = await showSlots(session, decisions, exposureType, windowMs);
  const pairs = await readShown(session, decisions);
  // Somebody may be doing something about them at this moment who does not see yet that they are shown.
  await addTouches(session, {
    claims: [],
    decisions: [],
    acts: shown.flatMap(({ customerId, productId, from }) =>
      customerId === null ? [] : [{ customerId, productId, atMs: from.getTime() }],
    ),
  });
  return [...shown, ...(await settlePairs(session, [...acts, ...pairs]))];
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
