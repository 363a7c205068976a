// Holds that killing any part of the wheel loses and doubles nothing: no decision, no exposure, no outcome, no lesson.

import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createAsk } from '../../src/cli/simulate-rounds/ask-gateway.js';
import { createWheelDoors } from '../../src/cli/simulate-rounds/wheel-doors.js';
import { pause } from '../../src/core/pause.js';
import { createRandom } from '../../src/core/random.js';
import type { RunningProgram } from '../support/program.js';
import { kill, openProcesses, type Processes } from './processes.js';
import { describeOnBothLogs } from './topics.js';
import { judgeWheel } from './wheel-books.js';
import { planLife, windowMs } from './wheel-life.js';

const settings = {
  FLYWHEEL_TOPIC_PARTITIONS: '2',
  FLYWHEEL_HOLDOUT_SHARE: '0.3',
  FLYWHEEL_ATTRIBUTION_WINDOW: `${windowMs / 60_000}m`,
  FLYWHEEL_DECISION_PATIENCE_MS: '10000',
  FLYWHEEL_SERVICE_DEADLINE_MS: '30000',
  FLYWHEEL_IDLE_MS: '500',
};
const customers = 60;
const rounds = 4;
/** What is killed during one step after the other, from the second on. */
const victims = ['pipeline', 'gateway', 'both', 'gateway', 'pipeline', 'both'] as const;
type Victim = (typeof victims)[number];

/** A port that is free now: a gateway that comes back answers where it did. */
async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return String(address.port);
}

describeOnBothLogs('the wheel while its parts are killed', (openTopics) => {
  let processes: Processes | undefined;
  afterEach(async () => {
    await processes?.close();
    processes = undefined;
  });

  it('decides, counts and teaches everything once', { timeout: 400_000 }, async () => {
    const opened = await openProcesses(openTopics, settings);
    processes = opened;
    const port = await freePort();
    const start = {
      pipeline: () => opened.pipeline(),
      gateway: async () =>
        (await opened.answering(opened.run({ PORT: port }, 'start', '--role', 'gateway'))).program,
    };
    const running: Record<keyof typeof start, RunningProgram> = {
      pipeline: await start.pipeline(),
      gateway: await start.gateway(),
    };
    const random = createRandom(6).stream('kills');

    async function strike(victim: Victim): Promise<void> {
      await pause(random.integer(600));
      const roles = victim === 'both' ? (['pipeline', 'gateway'] as const) : [victim];
      await Promise.all(roles.map((role) => kill(running[role])));
      for (const role of roles) running[role] = await start[role]();
    }

    const doors = createWheelDoors(createAsk({ url: `http://127.0.0.1:${port}`, key: undefined }));
    const { steps, books } = planLife(doors, createRandom(6).stream('life'), customers, rounds);
    let killed = 0;
    for (const [place, step] of steps.entries()) {
      const victim = victims[place - 1];
      if (victim !== undefined) killed += 1;
      await Promise.all([step(), victim && strike(victim)]);
    }
    const { faults, given, seen, answered } = await judgeWheel(opened.database, books);
    expect(faults).toEqual([]);
    expect(killed).toBe(victims.length);
    // Everybody once a round and every other one twice; enough was done for something to go wrong.
    expect(given).toBe(rounds * customers * 1.5);
    expect(seen).toBeGreaterThan(given * 3);
    expect(answered).toBeGreaterThan(seen / 5);
  });
});
