// What every command that works on the event log begins and ends with.

import { createLog } from '../core/log.js';

import type { EventLog } from '../stream/event-log.js';
import { createListener } from '../stream/postgres-listener.js';
import { openLog } from './open-log.js';
import { type WarehouseAtHand, withWarehouse } from './with-warehouse.js';

export interface EventLogAtHand extends WarehouseAtHand {
  readonly log: EventLog;
}

/** Runs `work` on the event log and the warehouse of the environment. */
export async function withEventLog<T>(work: (at: EventLogAtHand) => Promise<T>): Promise<T> {
  return withWarehouse(async (at) => {
    const { config, database, url } = at;
    const listener = createListener({ url });
    const log = openLog({
      config,
      pool: database.pool,
      url,
      listener,
      logger: createLog({ level: config.logLevel }),
    });
    try {
      return await work({ ...at, log });
    } finally {
      await log.close();
      await listener.close();
    }
  });
}
