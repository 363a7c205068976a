// Notices that an operator moved a position, so that whoever has the partition asks for it anew.

import type { Database } from '../warehouse/database.js';
import { type PositionKey, positionsChannel, readPositions } from '../warehouse/stream/positions.js';
import { createWake, type Notifications } from './wake.js';

/** What this member takes for the position of a partition. */
export interface KnownPosition extends PositionKey {
  /** Undefined for a partition that is left unread. */
  readonly nextOffset: bigint | undefined;
  /** Whether a batch is at work: then a position that was moved is found by the batch itself. */
  readonly busy: boolean;
}

export interface PositionWatchDeps {
  readonly database: Pick<Database, 'kysely'>;
  readonly group: string;
  readonly notifications: Notifications | undefined;
  readonly signal: AbortSignal;
  known(): readonly KnownPosition[];
  onMoved(): Promise<void>;
  onFault(error: unknown): void;
}

const pollMs = 5_000;

/** Resolves when the signal is aborted; never rejects. */
export async function watchPositions(deps: PositionWatchDeps): Promise<void> {
  const wake = createWake(deps.notifications, positionsChannel);
  while (!deps.signal.aborted) {
    await wake.wait(pollMs, deps.signal);
    if (deps.signal.aborted) break;
    try {
      if (await isMoved(deps)) await deps.onMoved();
    } catch (error) {
      deps.onFault(error);
    }
  }
  wake.close();
}

/** Whether the stored position of a partition is another than the one that its idle reader goes by. */
async function isMoved({ database, group, known }: PositionWatchDeps): Promise<boolean> {
  const before = known();
  const stored = new Map((await readPositions(database, group)).map((row) => [nameOf(row), row]));
  const after = new Map(known().map((position) => [nameOf(position), position]));
  return before.some((position) => {
    const now = after.get(nameOf(position));
    const row = stored.get(nameOf(position));
    const moved = now?.nextOffset !== position.nextOffset || now?.busy !== false || position.busy;
    if (moved || row === undefined) return false;
    return row.stopped === null && row.nextOffset !== position.nextOffset;
  });
}

function nameOf({ clusterId, topicId, partition }: PositionKey): string {
  return `${clusterId}/${topicId}/${partition}`;
}
