// How far the wheel has come: the ends of the log as a position, and whether everything up to one is settled.

import { FlywheelError } from '../core/errors.js';
import { parsedJson } from '../core/parsed-json.js';
import { type EventLog, partitionKey } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import { isSettled, type SettledLearner } from '../warehouse/wheel/settled.js';

export interface WheelProgress {
  /** The ends of all topics that are read, as text. UNAVAILABLE when the log is away. */
  position(): Promise<string>;
  /** Whether all up to a position is read, worked out and learned. BAD_INPUT for a text that is none. */
  settled(position: string): Promise<boolean>;
}

export interface WheelProgressDeps {
  readonly log: Pick<EventLog, 'ends'>;
  readonly database: Pick<Database, 'kysely'>;
  /** Those that the pipeline reads. */
  readonly topics: readonly string[];
  readonly learner: SettledLearner;
  readonly latenessMs: number;
}

export function createWheelProgress(deps: WheelProgressDeps): WheelProgress {
  const { log, database, topics, learner, latenessMs } = deps;
  return {
    async position() {
      const ends = (await Promise.all(topics.map((topic) => log.ends(topic)))).flat();
      return JSON.stringify(
        Object.fromEntries(
          ends.map(({ topic, partition, end }) => [partitionKey(topic, partition), String(end)]),
        ),
      );
    },
    settled: async (position) => isSettled(database, placesOf(position), learner, latenessMs),
  };
}

function placesOf(position: string): Readonly<Record<string, string>> {
  const read = parsedJson(position);
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) {
    const places = Object.entries(read);
    if (places.every((place): place is [string, string] => /^\d{1,18}$/.test(String(place[1]))))
      return Object.fromEntries(places);
  }
  throw new FlywheelError(
    'BAD_INPUT',
    'This is no position; give the text that `flywheel { position }` answered.',
  );
}
