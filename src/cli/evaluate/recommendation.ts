// `flywheel evaluate recommendation`: how well lists meet what was chosen later, or predictions what was rated later.

import { type Command, Option } from 'commander';
import { FlywheelError } from '../../core/errors.js';
import { createRandom } from '../../core/random.js';
import { rankCatalogue } from '../../math/ranking/rank-catalogue.js';
import { rankingMetrics } from '../../math/ranking/ranking-metrics.js';
import type { Places } from '../../services/recommendation/strengths.js';
import { wholeNumber } from '../options.js';
import { type InteractionFile, readInteractionFile, splitOf } from './interactions.js';
import { type RankingMethod, rankingMethods, trainRanking } from './ranking-methods.js';
import { evaluateRatings } from './rating-task.js';
import { placeOf, readTable } from './read-table.js';
import { showFigures } from './show-figures.js';

interface RecommendationArguments {
  readonly train: string;
  readonly test: string;
  readonly k: number;
  readonly method: RankingMethod;
  readonly task: 'ranking' | 'rating';
  readonly items?: string;
  readonly seed: number;
  readonly json?: boolean;
}

/** The other columns of a file of items, joined, for each item; an item that is not in the file has no text. */
async function readTexts(path: string, items: Places): Promise<readonly string[]> {
  const table = await readTable(path);
  const code = placeOf(table, 'item');
  const textOf = new Map(
    table.rows.map((row) => [(row[code] ?? '').trim(), row.filter((_, place) => place !== code).join('\n')]),
  );
  return items.codes.map((item) => textOf.get(item) ?? '');
}

async function rank(
  train: InteractionFile,
  test: InteractionFile,
  { k, method, items, seed }: RecommendationArguments,
): Promise<Readonly<Record<string, unknown>>> {
  const split = splitOf(train, test);
  const texts = items === undefined ? undefined : await readTexts(items, split.items);
  const startMs = performance.now();
  const trained = trainRanking[method]({ split, train, texts, random: createRandom(seed) });
  const { score, parameters, secondsToChoose = 0 } = trained;
  const trainedMs = performance.now();
  const lists = rankCatalogue(split.testUsers, score, { k, owned: split.train });
  const rankedMs = performance.now();
  const metrics = rankingMetrics(
    lists.map(({ indices }) => indices),
    split.relevant,
    k,
    split.items.codes.length,
  );
  return {
    k,
    users: split.users.codes.length,
    items: split.items.codes.length,
    interactions: split.train.indices.length,
    testUsers: metrics.users,
    testPairs: split.relevant.reduce((sum, { length }) => sum + length, 0),
    recall: metrics.recall,
    ndcg: metrics.ndcg,
    map: metrics.map,
    precision: metrics.precision,
    hitRate: metrics.hitRate,
    coverage: metrics.coverage,
    ndcgStandardError: metrics.ndcgStandardError,
    parameters,
    secondsToChoose,
    secondsToTrain: (trainedMs - startMs) / 1_000,
    secondsToRecommend: (rankedMs - trainedMs) / 1_000,
  };
}

async function evaluate(given: RecommendationArguments): Promise<void> {
  const { task, method, seed } = given;
  if (task === 'rating' && method !== 'nmf')
    throw new FlywheelError('BAD_INPUT', 'Ratings are predicted by a factorisation; say --method nmf.');
  const [train, test] = await Promise.all([
    readInteractionFile(given.train),
    readInteractionFile(given.test),
  ]);
  const figures =
    task === 'rating' ? evaluateRatings(train, test, createRandom(seed)) : await rank(train, test, given);
  showFigures({ service: 'recommendation', task, method, ...figures }, given.json === true);
}

/** Adds `recommendation` to the command `evaluate`. */
export function registerEvaluateRecommendation(command: Command): void {
  command
    .command('recommendation')
    .description(
      'learn from the rows of one file and recommend what those of another hold: items that were new to known users',
    )
    .requiredOption('--train <file.csv>', 'columns user, item and, where there are any, value and time')
    .requiredOption('--test <file.csv>', 'the same columns, of a later time')
    .addOption(
      new Option('--k <items>', 'the length of the lists').default(10).argParser(wholeNumber(1, 1_000)),
    )
    .addOption(
      new Option('--method <name>', 'auto chooses on the last 30 days of the training file')
        .choices(rankingMethods)
        .default('auto'),
    )
    .addOption(
      new Option('--task <name>', 'ranking asks whether an item was had, rating reads its value')
        .choices(['ranking', 'rating'])
        .default('ranking'),
    )
    .option('--items <file.csv>', 'texts for content: a column item, and any others')
    .addOption(
      new Option('--seed <number>', 'of the random draws').default(0).argParser(wholeNumber(0, 2 ** 31)),
    )
    .option('--json', 'print one JSON object')
    .action(evaluate);
}
