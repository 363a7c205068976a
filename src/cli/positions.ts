// `flywheel positions`: how far pipelines have come, and what an operator decides about it.

import type { Command } from 'commander';
import { type Destination, movePositions } from '../pipeline/move-positions.js';
import { type EventLog, type PartitionRange, partitionKey } from '../stream/event-log.js';
import { readPositions, type StreamPosition } from '../warehouse/stream/positions.js';
import { columnsOf } from './table.js';
import { withEventLog } from './with-event-log.js';

const heads = [
  'group',
  'topic',
  'partition',
  'next',
  'end',
  'lag',
  'newest event',
  'accepted',
  'repeated',
  'dead',
  'late',
  'unpriced',
];

/** The partitions of the topics as they are now; none of a topic that is not there. */
async function rangesNow(
  log: EventLog,
  topics: ReadonlySet<string>,
): Promise<ReadonlyMap<string, PartitionRange>> {
  const lists = await Promise.all([...topics].map((topic) => log.ends(topic).catch(() => [])));
  return new Map(lists.flat().map((range) => [`${range.topicId}/${range.partition}`, range]));
}

function cellsOf(position: StreamPosition, range: PartitionRange | undefined): string[] {
  const { group, topic, partition, nextOffset, counts, behaviourMaxAt, measurementMaxAt } = position;
  const newestMs = Math.max(behaviourMaxAt?.getTime() ?? 0, measurementMaxAt?.getTime() ?? 0);
  const end = range?.end;
  return [
    group,
    topic,
    String(partition),
    String(nextOffset),
    end === undefined ? 'gone' : String(end),
    end === undefined ? '' : String(end > nextOffset ? end - nextOffset : 0n),
    newestMs === 0 ? '' : new Date(newestMs).toISOString(),
    ...[counts.accepted, counts.repeated, counts.dead, counts.late, counts.unpriced].map(String),
  ];
}

async function list(): Promise<void> {
  const { positions, ranges } = await withEventLog(async ({ database, log }) => {
    const stored = await readPositions(database);
    return { positions: stored, ranges: await rangesNow(log, new Set(stored.map(({ topic }) => topic))) };
  });
  if (positions.length === 0) {
    console.log('Nothing was read yet; "npm start" reads the topics.');
    return;
  }
  const rows = positions.map((position) =>
    cellsOf(position, ranges.get(`${position.topicId}/${position.partition}`)),
  );
  for (const line of columnsOf(heads, rows)) console.log(line);
  const sentences = new Set(positions.flatMap(({ stopped }) => stopped ?? []));
  for (const sentence of sentences) console.log(`\n${sentence}`);
}

async function move(target: string, to: Destination): Promise<void> {
  const moved = await withEventLog(({ config, database, log }) =>
    movePositions({ log, database, group: config.stream.group }, target, to),
  );
  for (const { topic, partition, offset } of moved) {
    console.log(`${partitionKey(topic, partition)} goes on at ${offset}.`);
  }
}

/** Adds the command `positions` to the program. */
export function registerPositions(program: Command): void {
  const positions = program
    .command('positions')
    .description('show how far the event log has been read, and decide where to go on');
  positions
    .command('list', { isDefault: true })
    .description(
      'every partition with its position, the end of the log, the newest event and what became of records',
    )
    .action(list);
  const target = 'a topic, or one partition of it as TOPIC/PARTITION';
  positions
    .command('reset')
    .description('go on at the start of what the log holds; what is known already counts once all the same')
    .argument('<topic[/partition]>', target)
    .action((name: string) => move(name, 'start'));
  positions
    .command('skip')
    .description('go on at the end of the log; what lies before it is never read')
    .argument('<topic[/partition]>', target)
    .action((name: string) => move(name, 'end'));
}
