// The fuse box: the only place where the parts are chosen, wired, started in order and stopped in reverse.

import { fillDemo } from './cli/fill-demo.js';
import type { Progress } from './cli/progress.js';
import type { Config } from './config.js';
import { systemClock } from './core/clock.js';
import { createLifecycle } from './core/lifecycle.js';
import { createLog } from './core/log.js';
import { createTelemetry } from './core/telemetry.js';
import { startActing } from './main/acting.js';
import { startBatches } from './main/batches.js';
import { startCampaigns } from './main/campaigns.js';
import { startDatabase } from './main/database.js';
import { openEntrance } from './main/entrance.js';
import { jobsLeftOnFlink } from './main/flink.js';
import { factsOfFlink } from './main/flink-facts.js';
import type { Foundations } from './main/foundations.js';
import { startJudging } from './main/judging.js';
import { startPipeline } from './main/pipeline.js';
import { startKeepingSegments } from './main/segments.js';
import { createServer } from './main/server.js';
import { createServices } from './main/services.js';
import { startWatchingStock } from './main/stock.js';
import { startStreams } from './main/streams.js';
import { startTraining } from './main/training.js';
import { definitions } from './metrics/definitions.js';
import { createRestater } from './metrics/restate.js';
import { catalogue } from './warehouse/catalogue.js';

/** What one process does: answer, or do the duties of which the warehouse has one holder at a time. */
export const processRoles = ['gateway', 'pipeline'] as const;
export type ProcessRole = (typeof processRoles)[number];

export interface Gateway {
  /** The address of the door, without a path; undefined for a process without the role of a gateway. */
  readonly url: string | undefined;
  /** Stops everything in order; never rejects, and a second call waits for the first. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly config: Config;
  readonly roles: readonly ProcessRole[];
  readonly progress: Progress;
  /** Asks a start that is under way to stop. */
  readonly signal?: AbortSignal;
  /** Options of Node for the threads of the model services (those of the process). */
  readonly threadExecArgv?: readonly string[];
}

/**
 * Resolves when everything has started. Rejects with a FlywheelError whose message tells the operator what to do, after
 * stopping what had started.
 */
export async function startGateway(options: StartOptions): Promise<Gateway> {
  const { config, roles, progress, signal, threadExecArgv } = options;
  const log = createLog({ level: config.logLevel });
  const telemetry = createTelemetry();
  const lifecycle = createLifecycle({
    onStopFault: (part, error) => log.error({ part, error }, 'a part did not stop as it should'),
  });
  const foundations: Foundations = {
    config,
    progress,
    log,
    telemetry,
    lifecycle,
    threadExecArgv,
  };
  const stop = () => lifecycle.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return { url: await startParts(foundations, roles), stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function startParts(
  foundations: Foundations,
  roles: readonly ProcessRole[],
): Promise<string | undefined> {
  const { config, progress, lifecycle } = foundations;
  // First of all, because a port that is taken should be known before minutes of other work.
  const entrance = roles.includes('gateway') ? await openEntrance(foundations) : undefined;
  const started = await startDatabase(foundations);
  const { database } = started;
  if (roles.includes('pipeline')) {
    await lifecycle.start({
      name: 'live windows',
      start: () =>
        progress.step('Bringing live metrics up to date', async () => {
          const jobs = await jobsLeftOnFlink(config, database);
          await createRestater({ catalogue, definitions }).settle(
            database,
            new Set(factsOfFlink(config).map(({ fact }) => fact.name)),
          );
          if (jobs.length > 0) {
            foundations.log.warn(
              { jobs },
              'the pipelines keep the windows again that Flink kept; cancel these jobs in Flink',
            );
          }
        }),
    });
  }
  if (config.demo && roles.includes('pipeline')) {
    await lifecycle.start({
      name: 'demonstration',
      start: (signal) => fillDemo({ database, clock: systemClock, progress }, signal),
    });
  }
  const streams = await startStreams(foundations, started);
  const pipeline = roles.includes('pipeline')
    ? await startPipeline(foundations, streams, database)
    : undefined;
  const services = await createServices(foundations, streams, started);
  if (pipeline !== undefined) {
    await startTraining(foundations, streams, database, services);
    await startJudging(foundations, streams, database, services);
    await startKeepingSegments(foundations, streams, database, services);
    await startWatchingStock(foundations, streams, database, services);
    await startCampaigns(foundations, streams, database);
    await startBatches(foundations, streams, started);
    if (config.demoActs) await startActing(foundations, streams, database);
  }
  if (entrance === undefined) return undefined;
  const server = await createServer(foundations, streams, database, pipeline, services);
  await lifecycle.start({
    name: 'requests',
    start: () => entrance.answerWith(server),
    stop: () => {
      server.endStreams();
      return entrance.door.close();
    },
    // The door itself hangs up on whoever is still waiting by then.
    stopTimeoutMs: config.door.closeTimeoutMs + 2_000,
  });
  return entrance.url;
}
