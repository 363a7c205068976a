// Has Flink keep the windows of the streams: what it is declared, what it is given, and what comes back.

import { readFile } from 'node:fs/promises';
import type { Config } from '../config.js';
import { systemClock } from '../core/clock.js';
import type { FlinkSettings } from '../core/engine-settings.js';
import { createEngineTelemetry } from '../core/engine-telemetry.js';
import { FlywheelError } from '../core/errors.js';
import { watchFlinkWindows } from '../core/flink-telemetry.js';
import { parsedJson } from '../core/parsed-json.js';
import { createFlinkJobs } from '../engines/flink/flink-jobs.js';
import { jobNameOf } from '../engines/flink/job-name.js';
import { createFlinkRest } from '../engines/flink/rest.js';
import { createSqlGateway } from '../engines/flink/sql-gateway.js';
import { type GenerationRow, readGenerations } from '../metrics/emit-flink-generations.js';
import { flinkWindows } from '../metrics/emit-flink-windows.js';
import { createFactPublisher, type FactPublisher } from '../metrics/fact-publisher.js';
import { beginGenerations, startsOf } from '../metrics/flink-generations.js';
import { keepFlink } from '../pipeline/flink-keeper.js';
import { createGroupOffsets } from '../stream/kafka-group-offsets.js';
import type { Database } from '../warehouse/database.js';
import { createEngineJobStore } from '../warehouse/engine-jobs.js';
import { inTransaction } from '../warehouse/transaction.js';
import { startDuty } from './duty.js';
import { factsOfFlink, factsTopic } from './flink-facts.js';
import type { Foundations } from './foundations.js';
import type { Streams } from './streams.js';

export interface Flink {
  readonly publisher: FactPublisher;
  /** Starts the duty; the pipelines read by then. */
  start(): Promise<void>;
  /** UNAVAILABLE, with a sentence, while the holder of the duty knows of something that is not well. */
  check(): Promise<void>;
}

/** Takes the windows over from whoever kept them; undefined without Flink. Before anything reads the streams. */
export async function createFlink(
  foundations: Foundations,
  { log, leases }: Streams,
  database: Database,
): Promise<Flink | undefined> {
  const { config, lifecycle, log: logger, telemetry } = foundations;
  const { flink, kafka } = config;
  if (flink === undefined || kafka === undefined) return undefined;
  const facts = factsOfFlink(config);
  const topicOf = (fact: string) => factsTopic(config, fact);
  const properties = await readProperties(flink);
  const owner = config.stream.group;
  await lifecycle.start({
    name: 'windows on Flink',
    start: async () => void (await beginGenerations({ database, log, facts, topicOf })),
  });
  const offsets = await lifecycle.start({
    name: 'places of Flink',
    start: () => createGroupOffsets(kafka, logger),
    stop: (opened) => opened.close(),
  });
  const store = createEngineJobStore(database);
  const jobs = createFlinkJobs({
    gateway: createSqlGateway({ url: flink.sqlGateway }),
    rest: createFlinkRest({ url: flink.rest }),
    store,
    owner,
    telemetry: createEngineTelemetry(telemetry.registry),
    onChange: ({ name, state, sentence }) => {
      if (sentence === null) logger.info({ job: name, state }, 'a job on Flink changed its state');
      else logger.warn({ job: name, state }, sentence);
    },
  });
  const groupOf = ({ generation, fact }: GenerationRow) =>
    `${owner}.flink.${fact.toLowerCase()}.g${generation}`;
  let isHeld = false;
  let seen: readonly GenerationRow[] = [];
  watchFlinkWindows(
    telemetry.registry,
    () =>
      seen.map(({ fact, ready, stale, confirmedMs }) => ({
        fact,
        ready: ready && stale === null,
        confirmedMs,
      })),
    systemClock.nowMs,
  );
  return {
    publisher: createFactPublisher({ facts, topicOf, graceMs: config.stream.graceMs }),
    async start() {
      await startDuty(foundations, leases, {
        name: 'flink',
        work: async (lease, signal) => {
          isHeld = true;
          try {
            await keepFlink(
              {
                log,
                database,
                facts,
                topicOf,
                windowsTopic: config.topics.windows,
                group: `${owner}.windows`,
                groupOf,
                committed: (group, topic) => offsets.committed(group, topic),
                jobs,
                lastRanAt: async ({ fact, generation }) => {
                  const known = (await store.read(owner)).get(fact.toLowerCase());
                  return known?.generation === generation ? known.lastSeenRunningAt : null;
                },
                onGenerations: (generations) => {
                  seen = generations;
                },
                jobOf: (fact, generation) => ({
                  name: fact.fact.name.toLowerCase(),
                  generation: generation.generation,
                  ...flinkWindows(fact, {
                    brokers: flink.brokers,
                    properties,
                    factsTopic: topicOf(fact.fact.name),
                    windowsTopic: config.topics.windows,
                    group: groupOf(generation),
                    generation: generation.generation,
                    starts: startsOf(generation),
                    graceMs: config.stream.graceMs,
                  }),
                }),
                logger,
              },
              lease,
              signal,
            );
          } finally {
            isHeld = false;
            seen = [];
          }
        },
        complaint: 'what Flink says of windows is taken up soon',
      });
    },
    async check() {
      if (isHeld) await jobs.check();
    },
  };
}

/** The names of the jobs that Flink goes on with although the settings name it no more; none once that was told. */
export async function jobsLeftOnFlink(
  { flink, stream: { group } }: Pick<Config, 'flink' | 'stream'>,
  database: Database,
): Promise<readonly string[]> {
  if (flink !== undefined) return [];
  const generations = await inTransaction(database, (session) => session.rows(readGenerations()));
  if (generations.length === 0) return [];
  const jobs = await createEngineJobStore(database).read(group);
  return [...jobs.values()].map((job) => jobNameOf(group, job));
}

/** Further properties of Flink's Kafka clients, by their names. */
async function readProperties({
  kafkaPropertiesFile,
}: FlinkSettings): Promise<Readonly<Record<string, string>>> {
  if (kafkaPropertiesFile === undefined) return {};
  const content = await readFile(kafkaPropertiesFile, 'utf8').then(parsedJson, () => undefined);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new FlywheelError(
      'BAD_INPUT',
      `FLINK_KAFKA_PROPERTIES names ${kafkaPropertiesFile}, which is no JSON file with an object of properties that can be read.`,
    );
  }
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, String(value)]));
}
