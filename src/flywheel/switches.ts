// The switches of what the system does by itself; whoever acts looks at them before it does.

import type { Database } from '../warehouse/database.js';
import {
  type AutomaticAction,
  type AutomaticSwitch,
  readSwitches,
  writeSwitch,
} from '../warehouse/wheel/world.js';

export interface Switches {
  read(): Promise<readonly AutomaticSwitch[]>;
  /** For every replica, from what it does next on; resolves to the switch as it stands then. */
  set(action: AutomaticAction, on: boolean, changedBy: string): Promise<AutomaticSwitch>;
}

/** Calls are rejected with UNAVAILABLE or TIMEOUT when the database is away. */
export function createSwitches(database: Pick<Database, 'kysely'>): Switches {
  return {
    read: () => readSwitches(database),
    async set(action, on, changedBy) {
      await writeSwitch(database, action, on, changedBy);
      const all = await readSwitches(database);
      return all.find((one) => one.action === action) ?? { action, on, changedAt: null, changedBy };
    },
  };
}
