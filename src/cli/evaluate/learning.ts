// `flywheel evaluate learning`: how well a learner predicts each row of a stream before it learns it.

import { type Command, Option } from 'commander';
import { FlywheelError } from '../../core/errors.js';
import { createFeatureVector, type Feature } from '../../math/online/feature-vector.js';
import { Learner } from '../../math/online/learner.js';
import { numberAt, placeOf, readTable, type Table } from './read-table.js';
import { showFigures } from './show-figures.js';

interface LearningArguments {
  readonly stream: string;
  readonly target: string;
  readonly task: 'regression' | 'classification';
  readonly ignore?: string;
  readonly scale: boolean;
  readonly json?: boolean;
}

/** Texts of more values than this are hashed. */
const valuesMax = 20;
const buckets = 64;

/** Numbers where every row has one (an empty text is a missing number), categories otherwise. */
function featureOf(table: Table, place: number): Feature {
  const name = table.columns[place] ?? '';
  const texts = new Set<string>();
  let isNumber = true;
  for (const row of table.rows) {
    const text = (row[place] ?? '').trim();
    if (text !== '' && !Number.isFinite(Number(text))) isNumber = false;
    if (texts.size <= valuesMax) texts.add(text);
  }
  if (isNumber) return { name, kind: 'number' };
  return texts.size > valuesMax
    ? { name, kind: 'hashed', buckets }
    : { name, kind: 'category', values: [...texts].sort() };
}

function outcomeAt(table: Table, row: number, place: number, isClass: boolean): number {
  if (!isClass) return numberAt(table, row, place);
  const text = (table.rows[row]?.[place] ?? '').trim().toLowerCase();
  if (text === '1' || text === 'true') return 1;
  if (text === '0' || text === 'false') return 0;
  throw new FlywheelError(
    'BAD_INPUT',
    `Line ${table.lines[row]} of ${table.path} has ${JSON.stringify(text.slice(0, 40))} as ${table.columns[place]}; a classification learns 0 or 1.`,
  );
}

/** Every row as numbers, and its outcome; read before the clock starts. */
function examplesOf(table: Table, target: number, features: readonly Feature[], isClass: boolean) {
  const vector = createFeatureVector(features);
  const places = features.map(({ name }) => table.columns.indexOf(name));
  const rows = table.rows.map((row, at) => {
    const values: Record<string, number | string | null> = {};
    for (const [index, { name, kind }] of features.entries()) {
      const text = (row[places[index] ?? -1] ?? '').trim();
      values[name] = kind === 'number' ? (text === '' ? null : Number(text)) : text;
    }
    const x = new Float64Array(vector.length);
    vector.fill(values, x);
    return { x, y: outcomeAt(table, at, target, isClass) };
  });
  return { vector, rows };
}

async function evaluate({ stream, target, task, ignore, scale, json }: LearningArguments): Promise<void> {
  const table = await readTable(stream);
  const at = placeOf(table, target);
  const ignored = new Set(
    ignore === undefined ? [] : ignore.split(',').map((name) => placeOf(table, name.trim())),
  );
  const places = table.columns
    .map((_, place) => place)
    .filter((place) => place !== at && !ignored.has(place));
  if (places.length === 0)
    throw new FlywheelError('BAD_INPUT', `${stream} has no column beside ${target} to predict it from.`);
  const features = places.map((place) => featureOf(table, place));
  const { vector, rows } = examplesOf(table, at, features, task === 'classification');
  const learner = new Learner({
    task,
    features: vector.length,
    scaledColumns: scale ? vector.numberColumns : [],
  });
  const drifts: number[] = [];
  const startMs = performance.now();
  for (const [place, { x, y }] of rows.entries()) if (learner.learn(x, y).drift) drifts.push(place + 1);
  const seconds = (performance.now() - startMs) / 1_000;
  const { examples, ...score } = learner.report().score;
  showFigures(
    {
      service: 'learning',
      target,
      examples,
      features: features.map(({ name, kind }) => ({ name, kind })),
      columns: vector.length,
      ...score,
      drifts,
      seconds,
      examplesPerSecond: rows.length / seconds,
    },
    json === true,
  );
}

/** Adds `learning` to the command `evaluate`. */
export function registerEvaluateLearning(command: Command): void {
  command
    .command('learning')
    .description('predict each row of a file before it is learned (prequential), and watch for drift')
    .requiredOption(
      '--stream <file.csv>',
      'one example per row, in the order in which they came, with a header',
    )
    .requiredOption('--target <column>', 'what is predicted; the other columns are the features')
    .addOption(
      new Option('--task <name>', 'a number, or 0 or 1')
        .choices(['regression', 'classification'])
        .makeOptionMandatory(),
    )
    .option('--ignore <names>', 'columns that are no features, divided by commas')
    .option('--no-scale', 'take numbers as they are; they are standardised as they come unless this is said')
    .option('--json', 'print one JSON object')
    .action(evaluate);
}
