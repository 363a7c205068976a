// `flywheel dead-letters`: records that were no events, why not, and another try for them.

import { isUtf8 } from 'node:buffer';
import type { Command } from 'commander';
import { FlywheelError } from '../core/errors.js';
import { createDeadLetters, type DeadLetters, type StoredDeadLetter } from '../events/read-dead-letters.js';
import { partitionKey } from '../stream/event-log.js';
import { columnsOf } from './table.js';
import { withEventLog } from './with-event-log.js';

const heads = ['id', 'topic', 'partition', 'place', 'refused', 'again', 'reason'];
const reasonLengthMax = 100;

function withDeadLetters<T>(work: (letters: DeadLetters) => Promise<T>): Promise<T> {
  return withEventLog(({ config, log }) =>
    work(createDeadLetters({ log, topic: config.topics.deadLetters })),
  );
}

function cellsOf({ id, letter, replayed }: StoredDeadLetter): string[] {
  const { place, reason, refusedAtMs } = letter;
  const short = reason.length > reasonLengthMax ? `${reason.slice(0, reasonLengthMax)}…` : reason;
  return [
    id,
    place.topic,
    String(place.partition),
    String(place.offset),
    new Date(refusedAtMs).toISOString(),
    replayed ? 'yes' : 'no',
    short.replaceAll(/\s+/g, ' '),
  ];
}

async function list({ topic, last }: { readonly topic?: string; readonly last: string }): Promise<void> {
  const shownMax = Number(last);
  if (!/^\d{1,7}$/.test(last) || shownMax === 0) {
    throw new FlywheelError('BAD_INPUT', `--last is "${last}"; it must be a whole number from 1 up.`);
  }
  let count = 0;
  const newest: StoredDeadLetter[] = [];
  await withDeadLetters((deadLetters) =>
    deadLetters.each((letters) => {
      for (const letter of letters) {
        if (topic !== undefined && letter.letter.place.topic !== topic) continue;
        count += 1;
        newest.push(letter);
        if (newest.length > 2 * shownMax) newest.splice(0, newest.length - shownMax);
      }
    }),
  );
  const shown = newest.slice(-shownMax);
  if (shown.length === 0) {
    console.log(
      topic === undefined ? 'There are no dead letters.' : `There are no dead letters of ${topic}.`,
    );
    return;
  }
  for (const line of columnsOf(heads, shown.map(cellsOf))) console.log(line);
  if (count > shown.length)
    console.log(`\nThese are the newest ${shown.length} of ${count}; --last shows more.`);
}

/** Bytes as text where they are text, else in hexadecimal. */
function printed(bytes: Buffer | string | null): string {
  if (bytes === null) return '(none)';
  const buffer = Buffer.from(bytes);
  return isUtf8(buffer) ? buffer.toString() : `(hexadecimal) ${buffer.toString('hex')}`;
}

async function show(id: string): Promise<void> {
  const { letter, replayed } = await withDeadLetters((deadLetters) => deadLetters.find(id));
  const { place, reason, refusedAtMs, original } = letter;
  console.log(`From     ${partitionKey(place.topic, place.partition)}, place ${place.offset}`);
  console.log(`Refused  ${new Date(refusedAtMs).toISOString()}${replayed ? ', appended again since' : ''}`);
  console.log(`Reason   ${reason}`);
  console.log(`Key      ${printed(original.key)}`);
  for (const [name, value] of Object.entries(original.headers ?? {})) {
    console.log(`Header   ${name}: ${printed(value)}`);
  }
  console.log(`\n${printed(original.value)}`);
}

async function replay(
  id: string | undefined,
  { all = false, topic }: { readonly all?: boolean; readonly topic?: string },
): Promise<void> {
  if ([id !== undefined, all, topic !== undefined].filter(Boolean).length !== 1) {
    throw new FlywheelError('BAD_INPUT', 'Say which dead letters: one ID, --topic NAME, or --all.');
  }
  const count = await withDeadLetters(async (deadLetters) => {
    if (id !== undefined) {
      await deadLetters.replay([await deadLetters.find(id)]);
      return 1;
    }
    let replayed = 0;
    await deadLetters.each(async (letters) => {
      const wanted = letters.filter(
        ({ letter, replayed: isDone }) =>
          !isDone && letter.original.value !== null && (topic === undefined || letter.place.topic === topic),
      );
      await deadLetters.replay(wanted);
      replayed += wanted.length;
    });
    return replayed;
  });
  console.log(
    count === 0
      ? 'There was nothing to append again.'
      : `Appended again: ${count} ${count === 1 ? 'record' : 'records'}. What is still wrong comes back as a dead letter.`,
  );
}

/** Adds the command `dead-letters` to the program. */
export function registerDeadLetters(program: Command): void {
  const deadLetters = program
    .command('dead-letters')
    .description('show the records that were no events, and give them another try');
  deadLetters
    .command('list', { isDefault: true })
    .description('the dead letters with their places and reasons, the newest last')
    .option('--topic <name>', 'only those of one topic')
    .option('--last <count>', 'how many at most', '100')
    .action(list);
  deadLetters
    .command('show')
    .description('one dead letter: the reason and the whole record as it came')
    .argument('<id>', 'as the list gives it, such as 0/17')
    .action(show);
  deadLetters
    .command('replay')
    .description(
      'append records to their topics again, as they came; with --all and --topic only those that were not yet',
    )
    .argument('[id]', 'one of them, as the list gives it')
    .option('--all', 'all that there are')
    .option('--topic <name>', 'all of one topic')
    .action(replay);
}
