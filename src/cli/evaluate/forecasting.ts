// `flywheel evaluate forecasting`: how well forecasts of series meet what came.

import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import {
  type Accuracy,
  overallWeightedAverage,
  scoreSeries,
  summariseScores,
} from '../../math/forecast/accuracy.js';
import { type ForecastRequest, forecastMany } from '../../math/forecast/forecast-series.js';
import { forecastMethods } from '../../math/forecast/methods.js';
import { wholeNumber } from '../options.js';
import { showFigures } from './show-figures.js';

interface ForecastingArguments {
  readonly series: string;
  readonly horizon: number;
  readonly season: number;
  readonly method: ForecastRequest['method'];
  readonly level: number;
  readonly json?: boolean;
}

const seriesForm = z
  .array(
    z.object({
      id: z.union([z.string(), z.number()]),
      train: z.array(z.number()).min(1, 'must hold at least one number'),
      test: z.array(z.number()),
    }),
  )
  .min(1, 'must hold at least one series');

type Series = z.infer<typeof seriesForm>;

async function readSeries(path: string, horizon: number): Promise<Series> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new FlywheelError('BAD_INPUT', `The file ${path} cannot be read; is it there?`, { cause: error });
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new FlywheelError('BAD_INPUT', `${path} is not valid JSON.`, { cause: error });
  }
  const series = seriesForm.safeParse(parsed);
  if (!series.success) {
    const [issue] = series.error.issues;
    throw new FlywheelError(
      'BAD_INPUT',
      `${path} must be an array of {"id", "train": [numbers], "test": [numbers]}; ${issue?.path.join('.') || 'the whole'}: ${issue?.message}.`,
    );
  }
  const short = series.data.find(({ test }) => test.length < horizon);
  if (short !== undefined) {
    throw new FlywheelError(
      'BAD_INPUT',
      `The series ${short.id} has ${short.test.length} test values and the horizon is ${horizon}; give a horizon that every series has values for.`,
    );
  }
  return series.data;
}

function measure(
  series: Series,
  request: ForecastRequest,
  level: number,
): { accuracy: Accuracy; seconds: number } {
  const trains = series.map(({ train }) => Float64Array.from(train));
  const startMs = performance.now();
  const forecasts = forecastMany(trains, request);
  const seconds = (performance.now() - startMs) / 1_000;
  const scores = series.flatMap(({ test }, place) => {
    const [train, forecast] = [trains[place], forecasts[place]];
    const interval = forecast?.intervals[0];
    if (train === undefined || forecast === undefined || interval === undefined) return [];
    const actual = Float64Array.from(test.slice(0, request.horizon));
    return [scoreSeries(train, actual, { mean: forecast.mean, ...interval }, level, request.period)];
  });
  return { accuracy: summariseScores(scores), seconds };
}

/** Six significant digits, which is more than any of these figures deserves. */
const rounded = (value: number) => Number(value.toPrecision(6));

async function evaluate({ series: path, horizon, season, method, level, json }: ForecastingArguments) {
  const series = await readSeries(path, horizon);
  const request = { horizon, period: season, levels: [level / 100], gaps: 'unknown' } as const;
  const { accuracy, seconds } = measure(series, { ...request, method }, level / 100);
  const reference = measure(series, { ...request, method: 'naive2' }, level / 100);
  showFigures(
    {
      service: 'forecasting',
      method,
      series: series.length,
      horizon,
      season,
      smape: rounded(accuracy.smape),
      mase: rounded(accuracy.mase),
      owa: rounded(overallWeightedAverage(accuracy, reference.accuracy)),
      wape: rounded(accuracy.wape),
      bias: rounded(accuracy.bias),
      level,
      coverage: rounded(accuracy.coverage),
      intervalScore: rounded(accuracy.intervalScore),
      seconds: rounded(seconds),
    },
    json === true,
  );
}

function percentage(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 100) return value;
  throw new InvalidArgumentError('It must be a percentage between 0 and 100, such as 80.');
}

/** Adds `forecasting` to the command `evaluate`. */
export function registerEvaluateForecasting(command: Command): void {
  command
    .command('forecasting')
    .description('forecast series from their training values and compare with their test values')
    .requiredOption('--series <file.json>', 'an array of {"id", "train": [numbers], "test": [numbers]}')
    .addOption(
      new Option('--horizon <periods>', 'how many test values are forecast')
        .makeOptionMandatory()
        .argParser(wholeNumber(1, 1_000)),
    )
    .addOption(
      new Option('--season <periods>', 'periods of one season, 1 for none; also the scale of MASE')
        .default(1)
        .argParser(wholeNumber(1, 1_000)),
    )
    .addOption(new Option('--method <name>', 'how').choices(['auto', ...forecastMethods]).default('auto'))
    .addOption(new Option('--level <percent>', 'of the intervals').default(80).argParser(percentage))
    .option('--json', 'print one JSON object')
    .action(evaluate);
}
