// A member of a group of readers: session locks say who is there and who owns which partition.

import { createHash } from 'node:crypto';
import { type OwnConnection, openOwnConnection } from './postgres-own-connection.js';

/** How many members the group has, and the place of this one among them, from 0 on. */
export interface Standing {
  readonly members: number;
  readonly rank: number;
}

export interface Membership {
  standing(): Promise<Standing>;
  /** Whether the partition of that identity is this member's now. */
  take(identity: string): Promise<boolean>;
  giveBack(identity: string): Promise<void>;
  /** Gives everything back; never rejects. */
  close(): Promise<void>;
}

export interface MembershipOptions {
  readonly url: string;
  readonly group: string;
  /** Members that read the same topics share them; whoever reads others counts for himself. */
  readonly topics: readonly string[];
  /** Called once when the session is over: from then on, everything may be somebody else's. */
  onLost(error: Error): void;
}

/** Every member holds the lock of its group together with the others; who waits for it is no member. */
const selectMembers = `
  SELECT pid = pg_backend_pid() AS own
  FROM pg_locks
  WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = ($1::bigint >> 32 & 4294967295)::oid AND objid = ($1::bigint & 4294967295)::oid
  ORDER BY pid`;

function lockOf(...names: readonly string[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(['flywheel log', ...names]))
    .digest();
  return digest.readBigInt64BE().toString();
}

/**
 * Joins with a session of its own. The server gives the locks back as soon as the session ends: at once when the
 * process dies, and within ten seconds when its machine vanishes.
 */
export async function joinGroup({ url, group, topics, onLost }: MembershipOptions): Promise<Membership> {
  let lost = false;
  const lose = (error: Error) => {
    if (!lost) onLost(error);
    lost = true;
  };
  const own: OwnConnection = await openOwnConnection({
    url,
    applicationName: 'flywheel reader',
    onLost: lose,
  });

  /** A session whose statement fails cannot be trusted to hold its locks. */
  async function ask<Row extends object>(text: string, value: string): Promise<Row[]> {
    try {
      return await own.query<Row>(text, [value]);
    } catch (error) {
      lose(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  const groupLock = lockOf('group', group, ...topics.toSorted());
  try {
    await ask('SELECT pg_advisory_lock_shared($1::bigint)', groupLock);
  } catch (error) {
    await own.close();
    throw error;
  }
  return {
    async standing() {
      const members = await ask<{ own: boolean }>(selectMembers, groupLock);
      return { members: members.length, rank: members.findIndex((member) => member.own) };
    },
    async take(identity) {
      const [row] = await ask<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock($1::bigint) AS taken',
        lockOf('partition', group, identity),
      );
      return row?.taken ?? false;
    },
    async giveBack(identity) {
      await ask('SELECT pg_advisory_unlock($1::bigint)', lockOf('partition', group, identity));
    },
    close: () => own.close(),
  };
}

/** How many of the partitions the member of that standing is to own; over all members it adds up to all of them. */
export function fairShare(partitions: number, { members, rank }: Standing): number {
  const each = Math.floor(partitions / Math.max(members, 1));
  return each + (rank < partitions % Math.max(members, 1) ? 1 : 0);
}
