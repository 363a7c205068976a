// What the subscribers heard: every change of a window once and in order, and in the end what is stored.

import { pause } from '../../src/core/pause.js';
import type { Database } from '../../src/warehouse/database.js';
import { brokenWindows } from '../streams/history.js';
import type { Update } from '../streams/subscriber.js';
import type { Follower } from './followers.js';

const settleTimeoutMs = 60_000;

/** Waits until each has heard of everything, for a minute at most; what is wrong then, as sentences. */
export async function findFollowerDisagreements(
  database: Database,
  followers: readonly Follower[],
): Promise<readonly string[]> {
  const found = await Promise.all(
    followers.map(async (follower, place) => {
      const name = `Subscriber ${place + 1} of ${follower.followed.cut}`;
      const unlike = await untilAlike(database, follower);
      const received = follower.received();
      const broken = brokenWindows(received.filter(isUpdate));
      const notices = received.flatMap(({ notice }) => notice ?? []);
      return [
        ...(unlike.length === 0
          ? []
          : [`${name} does not know ${unlike.length} windows as they are: ${unlike[0]}.`]),
        ...(broken.length === 0
          ? []
          : [`${name} missed or heard twice of ${broken.length} changes: ${broken[0]}.`]),
        ...(notices.length === 0 ? [] : [`${name} had to begin again: ${notices[0]}`]),
      ];
    }),
  );
  return found.flat();
}

function isUpdate({ notice }: Update): boolean {
  return notice === null;
}

async function untilAlike(database: Database, follower: Follower): Promise<readonly string[]> {
  const deadlineMs = performance.now() + settleTimeoutMs;
  for (;;) {
    const unlike = await findUnlike(database, follower);
    if (unlike.length === 0 || performance.now() > deadlineMs) return unlike;
    await pause(200);
  }
}

/** The windows that the subscriber knows otherwise than they are stored. */
async function findUnlike({ pool }: Database, { followed, received }: Follower): Promise<readonly string[]> {
  const { cut, metric } = followed;
  const { rows } = await pool.query(
    `SELECT extract(epoch FROM window_start)::float8 * 1000 AS start_ms, key,
       message::json -> 'values' ->> $2 AS value, (message::json ->> 'revision')::int AS revision,
       (message::json ->> 'final')::boolean AS final
     FROM live_window WHERE cut = $1`,
    [cut, metric],
  );
  const stored = new Map(
    rows.map(({ start_ms, key, value, revision, final }) => [
      `${start_ms} ${JSON.stringify(JSON.parse(key))}`,
      `${Number(value)} r${revision}${final ? ' final' : ''}`,
    ]),
  );
  const heard = new Map(
    received()
      .filter(isUpdate)
      .map(({ windowStart, keys, value, revision, final }) => [
        `${windowStart === null ? 0 : Date.parse(windowStart)} ${JSON.stringify(keys.map((key) => key.value))}`,
        `${value} r${revision}${final ? ' final' : ''}`,
      ]),
  );
  if (stored.size === 0) return ['nothing is stored'];
  const names = new Set([...stored.keys(), ...heard.keys()]);
  return [...names].flatMap((name) =>
    stored.get(name) === heard.get(name)
      ? []
      : [`${name} is ${stored.get(name)}, and heard of was ${heard.get(name)}`],
  );
}
