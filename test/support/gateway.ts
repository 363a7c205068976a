// The real gateway, as `npm start` wires it, on a test database and a port of its own.

import { loadConfig } from '../../src/config.js';
import { type ProcessRole, startGateway as start } from '../../src/main.js';
import type { TestDatabase } from './postgres.js';
import { typescriptThreads } from './threads.js';

export interface Gateway {
  /** The address of the door, without a path. */
  readonly url: string;
  close(): Promise<void>;
}

/** Nobody answers there: most tests ask no service, and should not wait for the threads of four. */
const awayUrl = 'http://127.0.0.1:1';

/** Settings of a gateway whose services run in threads, as they do unless something else is set. */
export const servicesInThreads = {
  RECOMMENDATION_URL: '',
  SEGMENTATION_URL: '',
  FORECASTING_URL: '',
  LEARNING_URL: '',
} as const;

/**
 * Starts the gateway, without model services and trainings unless `settings` say more, on a database that is filled, or
 * left empty, by the caller. `settings` are those of the environment, such as `{ FLYWHEEL_PLANNER: 'off' }`; `roles`
 * those of the process, which only answers unless they say more. Call `close` before the database is closed.
 */
export async function startGateway(
  database: TestDatabase,
  settings: Readonly<Record<string, string>> = {},
  roles: readonly ProcessRole[] = ['gateway'],
): Promise<Gateway> {
  const config = loadConfig({
    PORT: '0',
    DATABASE_URL: database.url,
    FLYWHEEL_DEMO: 'off',
    LOG_LEVEL: 'silent',
    FLYWHEEL_TRAIN_EVERY: 'off',
    FLYWHEEL_TRAIN_AFTER_EVENTS: 'off',
    ...Object.fromEntries(Object.keys(servicesInThreads).map((name) => [name, awayUrl])),
    ...settings,
  });
  const { url, stop } = await start({
    config,
    roles,
    threadExecArgv: typescriptThreads,
    progress: { step: (_title, work) => work(() => {}) },
  });
  if (url === undefined) throw new Error('The gateway has no door.');
  return { url, close: stop };
}
