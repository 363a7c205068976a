// The duty that keeps the segment of every customer in the warehouse: assigns all of them again and again.

import { createBell } from '../../core/bell.js';
import type { Lease } from '../../core/lease.js';
import { pause } from '../../core/pause.js';
import { readCustomersAfter, writeSegments } from '../../warehouse/customer-segments.js';
import type { Database } from '../../warehouse/database.js';
import type { ModelRegistry } from '../host/registry-contract.js';
import type { SegmentationService } from './contract.js';

const service = 'segmentation';

/**
 * Customers that are assigned by one call, and how long that may take: nobody waits for it. Whoever does wait for an answer
 * goes first, so batches are small, and several times as long as one took is left free after it.
 */
const batchSize = 100;
const restTimes = 3;
const deadlineMs = 10_000;

/** What cannot be finished is tried again after a pause that doubles, up to the usual time between two rounds. */
const retryFirstMs = 1_000;

/** How often, and after which pause, a service that has not yet loaded the champion is asked again in one round. */
const behind = { triesMax: 25, pauseMs: 200 } as const;

export interface KeepSegmentsDeps {
  readonly database: Database;
  readonly segmentation: Pick<SegmentationService, 'assign'>;
  readonly registry: Pick<ModelRegistry, 'champion' | 'watch'>;
  /** What the duty is held under; nothing is written once somebody else has it. */
  readonly lease: Pick<Lease, 'name' | 'number'>;
  /** How often all customers are assigned anew while the champion stays (600,000 ms). */
  readonly everyMs?: number;
  /** Told of every round that reached all customers. */
  readonly onAssigned?: (round: AssignedRound) => void;
}

export interface AssignedRound {
  /** How many were asked for, and how many of them are in another segment than before. */
  readonly customers: number;
  readonly changed: number;
}

/**
 * Assigns all customers at once, whenever another model becomes the champion, and after every `everyMs`, until the
 * signal comes. A customer that the service does not know gets null. Degraded answers and those without a model change
 * nothing; the round is tried again then, and also after a file that was being loaded. Rejects with what time may heal,
 * such as UNAVAILABLE, and with LeaseLost.
 */
export async function keepSegments(deps: KeepSegmentsDeps, signal: AbortSignal): Promise<void> {
  const { registry, everyMs = 600_000 } = deps;
  const bell = createBell();
  signal.addEventListener('abort', bell.ring, { once: true });
  const unwatch = registry.watch((changed) => {
    if (changed === service) bell.ring();
  });
  const firstMs = Math.min(retryFirstMs, everyMs);
  let retryMs = firstMs;
  let assignedBy: string | null | undefined;
  let dueMs = Number.NEGATIVE_INFINITY;
  try {
    while (!signal.aborted) {
      const champion = await championName(registry);
      if (champion !== assignedBy || performance.now() >= dueMs) {
        const isDone = await assignAll(deps, champion, signal);
        assignedBy = isDone ? champion : undefined;
        dueMs = performance.now() + (isDone ? everyMs : retryMs);
        retryMs = isDone ? firstMs : Math.min(retryMs * 2, everyMs);
      }
      await bell.wait(Math.max(0, dueMs - performance.now()));
    }
  } finally {
    unwatch();
    signal.removeEventListener('abort', bell.ring);
  }
}

/** As answers name it; null before the first training. */
async function championName(registry: KeepSegmentsDeps['registry']): Promise<string | null> {
  const model = await registry.champion(service);
  return model === undefined ? null : `${service}/${model.version}`;
}

/** Whether all customers were assigned by the champion, or by a model that the registry does not know. */
async function assignAll(
  { database, segmentation, registry, lease, onAssigned }: KeepSegmentsDeps,
  champion: string | null,
  signal: AbortSignal,
): Promise<boolean> {
  const isBehind = (model: string | null) =>
    champion !== null && model !== champion && (model?.startsWith(`${service}/`) ?? true);
  let triesLeft: number = behind.triesMax;
  const round = { customers: 0, changed: 0 };
  let page = await readCustomersAfter(database, 0, batchSize);
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    const beganMs = performance.now();
    const items = page.map(({ code }) => ({ customer: code }));
    const { results, model, degraded } = await segmentation.assign(items, { signal, deadlineMs });
    if (degraded) return false;
    // Whoever is ahead of the round has the next champion: the round begins again, with that one.
    if (isBehind(model) && (await championName(registry)) !== champion) return false;
    if (isBehind(model) && triesLeft > 0) {
      triesLeft -= 1;
      await pause(behind.pauseMs, signal);
      continue;
    }
    // Without any model nobody is known, and there is nothing to write.
    if (model === null) return champion === null;
    const assigned = page.map(({ id }, place) => ({ id, segment: results[place]?.segment ?? null }));
    const changed = await writeSegments(database, lease, assigned);
    if (changed === undefined) return false;
    round.customers += page.length;
    round.changed += changed;
    if (page.length < batchSize) break;
    await pause(restTimes * (performance.now() - beganMs), signal);
    page = await readCustomersAfter(database, last.id, batchSize);
  }
  onAssigned?.(round);
  return triesLeft > 0;
}
