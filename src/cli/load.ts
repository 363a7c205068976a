// `flywheel load`: a file into the warehouse, with progress and a summary.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { FlywheelError } from '../core/errors.js';
import { createFollower } from '../main/follow-facts.js';
import { builtInMappings } from '../warehouse/load/built-in-mappings.js';
import { type LoadProgress, type LoadSummary, loadFile, planOf } from '../warehouse/load/load-file.js';
import { createProgress } from './progress.js';
import { withWarehouse } from './with-warehouse.js';

interface LoadArguments {
  readonly format?: string;
  readonly mapping?: string;
  readonly dryRun?: boolean;
  readonly strict?: boolean;
}

const number = (value: number) => Math.round(value).toLocaleString('en');

/** Reads MAP.json; BAD_INPUT when it is not there or not JSON. */
async function readMappingFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const sentence =
      error instanceof SyntaxError
        ? `${path} is not valid JSON: ${reason}.`
        : `The mapping ${path} cannot be read.`;
    throw new FlywheelError('BAD_INPUT', sentence, { cause: error });
  }
}

const phases: Readonly<Record<LoadProgress['phase'], string>> = {
  waiting: 'waiting for another load to end',
  reading: 'reading',
  comparing: 'comparing with what is there',
  indexing: 'building the indexes',
  finishing: 'finishing',
};

/** One line: a bar by the bytes read, rows, and rows per second. */
function createLoadLine(now: () => number = Date.now): (progress: LoadProgress) => string {
  const startedMs = now();
  return ({ phase, rows, bytesRead, sizeBytes }) => {
    const share = sizeBytes > 0 ? Math.min(1, bytesRead / sizeBytes) : 0;
    const done = Math.round(share * 20);
    const bar = `[${'#'.repeat(done)}${'-'.repeat(20 - done)}] ${Math.round(share * 100)} %`;
    const perSecond = rows / Math.max(0.001, (now() - startedMs) / 1_000);
    return phase === 'reading'
      ? `${bar}, ${number(rows)} rows, ${number(perSecond)} rows/s`
      : `${number(rows)} rows, ${phases[phase]}`;
  };
}

function summaryLines(summary: LoadSummary): string[] {
  const { rows, inserted, updated, deleted, unchanged, rejected, rejects, created } = summary;
  const would = summary.dryRun ? 'Dry run, nothing was changed. It would be: ' : '';
  const changes = [
    `${number(inserted)} written`,
    ...(updated > 0 ? [`${number(updated)} updated`] : []),
    ...(deleted > 0 ? [`${number(deleted)} replaced`] : []),
    ...(unchanged > 0 ? [`${number(unchanged)} unchanged`] : []),
    ...(rejected > 0 ? [`${number(rejected)} rejected`] : []),
  ];
  const seconds = (summary.durationMs / 1_000).toFixed(1);
  const members = Object.entries(created).filter(([, count]) => count > 0);
  return [
    `${would}${basename(summary.file)}: ${number(rows)} good ${rows === 1 ? 'row' : 'rows'} for ${summary.model}: ${changes.join(', ')} (${seconds} s).`,
    ...(members.length > 0
      ? [`New: ${members.map(([model, count]) => `${number(count)} ${model}`).join(', ')}.`]
      : []),
    ...rejects.map((row) => `Rejected: line ${row.line}: ${row.reason}`),
    ...(rejected > rejects.length ? [`... and ${number(rejected - rejects.length)} more.`] : []),
    ...(rejected > 0 && !summary.dryRun ? ['All rejected rows are in the table load_reject.'] : []),
    ...summary.warnings.map((warning) => `Note: ${warning}`),
  ];
}

async function load(
  file: string,
  { format, mapping, dryRun = false, strict = false }: LoadArguments,
): Promise<void> {
  if ((format === undefined) === (mapping === undefined)) {
    throw new FlywheelError(
      'BAD_INPUT',
      'Say how the file is to be read: either --format NAME or --mapping MAP.json.',
    );
  }
  // The mapping is read first: its faults are shown before a database is started.
  const how = mapping === undefined ? { format: format ?? '' } : { mapping: await readMappingFile(mapping) };
  planOf(how);
  const summary = await withWarehouse(({ database }) =>
    createProgress().step(`Loading ${basename(file)}`, (say) => {
      const line = createLoadLine();
      return loadFile({
        database,
        file,
        ...how,
        dryRun,
        strict,
        follower: createFollower(),
        onProgress: (progress) => say(line(progress)),
      });
    }),
  );
  for (const line of summaryLines(summary)) console.log(line);
}

/** Adds the command `load` to the program. */
export function registerLoad(program: Command): void {
  program
    .command('load')
    .description('load a file into the warehouse: all of it or nothing; the same file again changes nothing')
    .argument('<file>', 'CSV or JSON Lines, plain or gzip')
    .addOption(
      new Option('--format <name>', 'a file of a kind that is known, without a mapping').choices(
        Object.keys(builtInMappings),
      ),
    )
    .option('--mapping <map.json>', 'how the columns of the file become fields of a model')
    .option('--dry-run', 'say what it would do, and change nothing')
    .option('--strict', 'stop at the first bad row instead of leaving it out')
    .action(load);
}
