// What gateways and pipelines share of the streams: the event log, its decoders, leases and notifications.

import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { openLog } from '../cli/open-log.js';
import type { Config } from '../config.js';
import { FlywheelError } from '../core/errors.js';
import type { Leases } from '../core/lease.js';
import { unlessStopped } from '../core/lifecycle.js';
import { createDecoder } from '../events/decode.js';
import type { Decoder } from '../events/event.js';
import { readTopicMap } from '../events/topic-map.js';
import type { EventLog } from '../stream/event-log.js';
import { createListener, type Listener } from '../stream/postgres-listener.js';
import { createLeases } from '../warehouse/leases.js';
import type { StartedDatabase } from './database.js';
import { factsOfFlink, factsTopic } from './flink-facts.js';
import type { Foundations } from './foundations.js';

export interface Streams {
  readonly log: EventLog;
  readonly listener: Listener;
  readonly leases: Leases;
  /** The decoder of each topic that events come in by. */
  readonly decoders: ReadonlyMap<string, Decoder>;
}

/** Opens the event log; what it is told to read is known to be readable then. */
export async function startStreams(foundations: Foundations, started: StartedDatabase): Promise<Streams> {
  const { config, progress, log: logger, lifecycle } = foundations;
  const decoders = await decodersOf(config);
  const listener = await lifecycle.start({
    name: 'notifications',
    start: () =>
      createListener({
        url: started.url,
        onFault: (error) => logger.warn({ error }, 'notifications of the database are heard again soon'),
      }),
    stop: (opened) => opened.close(),
  });
  const log = await lifecycle.start({
    name: 'event log',
    start: () => openLog({ config, pool: started.database.pool, url: started.url, listener, logger }),
    stop: (opened) => opened.close(),
  });
  const { partitions, ...topics } = config.topics;
  await lifecycle.start({
    name: 'topics',
    start: (signal) =>
      progress.step(config.kafka === undefined ? 'Opening the event log' : 'Connecting to Kafka', () =>
        unlessStopped(
          log.ensureTopics([
            ...[...decoders.keys()].map((name) => ({ name, partitions })),
            // One partition: a place in it says all that a subscriber has seen.
            { name: topics.results, partitions: 1 },
            { name: topics.deadLetters, partitions: 1 },
            { name: topics.decisions, partitions },
            ...factsOfFlink(config).map(({ fact }) => ({ name: factsTopic(config, fact.name), partitions })),
            ...(config.flink === undefined ? [] : [{ name: topics.windows, partitions }]),
          ]),
          signal,
        ),
      ),
  });
  const leases = createLeases({ url: started.url, holder: `${hostname()}/${process.pid}` });
  return { log, listener, leases, decoders };
}

/** The decoder of each topic that events come in by; BAD_INPUT for a topic map that is none. */
export async function decodersOf(
  config: Pick<Config, 'topics' | 'stream'>,
): Promise<ReadonlyMap<string, Decoder>> {
  const { behaviour, measurement, results, deadLetters, decisions, facts, windows, maps } = config.topics;
  const decode = createDecoder({ timeZone: config.stream.timeZone });
  const decoders = new Map([behaviour, measurement].map((topic) => [topic, decode]));
  for (const path of maps) {
    const { topic, decoder } = readTopicMap(await readMap(path), { timeZone: config.stream.timeZone });
    const isOurs =
      [results, deadLetters, decisions, windows].includes(topic) || topic.startsWith(`${facts}.`);
    if (decoders.has(topic) || isOurs) {
      throw new FlywheelError(
        'BAD_INPUT',
        `${path} maps the topic "${topic}", which has a meaning already; map each topic once, and none of our own.`,
      );
    }
    decoders.set(topic, decoder);
  }
  return decoders;
}

async function readMap(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new FlywheelError(
      'BAD_INPUT',
      `FLYWHEEL_TOPIC_MAPS names ${path}, which is no JSON file that can be read.`,
      { cause: error },
    );
  }
}
