// The foreign keys of waiting rows: natural keys looked up among the members of each dimension.

import { copyText, type Session } from '../session.js';
import { createCalendarMembers } from './calendar.js';
import { Fault, quoted } from './fault.js';
import { createMembers, type Members } from './members.js';
import type { LoadPlan } from './plan.js';
import { foreignOutputs, type Row } from './rows.js';

/** The primary key of a member in COPY's text form; null for none, undefined for one that is not known. */
export type MemberId = string | null | undefined;

export interface ForeignKeys {
  readonly members: readonly Members[];
  /** How many foreign keys a row has. */
  readonly perRow: number;
  /** The keys of all rows, row after row, from memory alone. */
  lookUp(rows: readonly Row[]): MemberId[];
  /** Asks the database for the members that `lookUp` did not know, and fills them in; some may not exist. */
  resolve(rows: readonly Row[], ids: MemberId[]): Promise<void>;
  /** Why the row's key at that place has no member. */
  faultOf(row: Row, place: number): Fault;
}

/** The foreign keys of one load. */
export function createForeignKeys(session: Session, plan: LoadPlan): ForeignKeys {
  const members = plan.dimensions.map((dimension) =>
    dimension.calendar ? createCalendarMembers(session, dimension) : createMembers(session, dimension),
  );
  const foreign = foreignOutputs(plan).map(({ dimension, field }) => ({
    dimension,
    field,
    known: members[dimension],
  }));
  // Rows of an invoice share most of their members, so the key before is often the key again.
  const lastKeys = foreign.map((): string | null => null);
  const lastIds = foreign.map((): MemberId => null);

  function idOf(place: number, key: string | null): MemberId {
    if (key === null) return null;
    if (key === lastKeys[place]) return lastIds[place];
    const id = foreign[place]?.known?.id(key);
    if (id === undefined) return undefined;
    lastKeys[place] = key;
    lastIds[place] = copyText(id);
    return lastIds[place];
  }

  return {
    members,
    perRow: foreign.length,
    lookUp(rows) {
      const ids: MemberId[] = [];
      for (const { keys } of rows) {
        for (let place = 0; place < keys.length; place += 1) ids.push(idOf(place, keys[place] ?? null));
      }
      return ids;
    },
    async resolve(rows, ids) {
      const unknown = plan.dimensions.map(() => new Set<string>());
      const missing = [...ids.keys()].filter((index) => ids[index] === undefined);
      const keyAt = (index: number) =>
        rows[Math.floor(index / foreign.length)]?.keys[index % foreign.length] ?? '';
      for (const index of missing) {
        unknown[foreign[index % foreign.length]?.dimension ?? 0]?.add(keyAt(index));
      }
      for (const [dimension, keys] of unknown.entries()) {
        if (keys.size > 0) await members[dimension]?.resolve(keys);
      }
      for (const index of missing) ids[index] = idOf(index % foreign.length, keyAt(index));
    },
    faultOf(row, place) {
      const { dimension, field } = foreign[place] ?? { dimension: 0, field: '' };
      const found = plan.dimensions[dimension];
      const name = found?.model.name ?? 'the dimension';
      const needed = found?.needed.join(', ') ?? '';
      return new Fault(
        field,
        `${quoted(row.keys[place] ?? '')} is not known, and ${name} needs ${needed} besides; load a file of ${name} first`,
      );
    },
  };
}
