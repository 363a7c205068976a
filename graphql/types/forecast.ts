// Forecasts: how a metric, or what is sold of a product, goes on.

import { FlywheelError } from '../../src/core/errors.js';
import { type Grain, grains, type PeriodGrain, zoneOf } from '../../src/metrics/grain.js';
import { periodsOf } from '../../src/metrics/periods.js';
import { reportRowsMax } from '../../src/metrics/report.js';
import {
  type ForecastItem,
  type ForecastMethodName,
  type ForecastResult,
  forecastBounds,
  seasons,
} from '../../src/services/forecasting/contract.js';
import { type SeriesGrain, seriesGrains } from '../../src/warehouse/service-reads/product-series.js';
import { builder } from '../builder.js';
import type { GatewayContext } from '../context.js';
import { type HistoryPoint, readHistory, shortPeriodsMax } from '../forecast-history.js';
import { forecastMethod } from '../forecast-methods.js';
import { metricCondition, metricFilter } from '../metric-filter.js';
import { unitPeriodsMax } from '../product-units.js';
import { degradedField, modelField } from '../served-fields.js';
import type { Served } from '../service-calls.js';
import { grain, metricName } from './metric.js';
import { reportCostRows } from './report.js';

type Note = ForecastResult['notes'][number];

interface Interval {
  readonly level: number;
  readonly lower: number;
  readonly upper: number;
}

interface Point {
  readonly at: Date;
  readonly value: number;
  readonly intervals: readonly Interval[];
}

/** What is forecast, and what was answered. */
interface Forecast extends Served<ForecastResult> {
  readonly result: ForecastResult;
  readonly metric: string | null;
  readonly grain: PeriodGrain;
  readonly history: readonly HistoryPoint[];
  /** When the periods begin that are forecast. */
  readonly ahead: readonly Date[];
  /** What there is to say of the history. */
  readonly remarks: readonly Note[];
}

const forecastInterval = builder.objectRef<Interval>('ForecastInterval').implement({
  description: 'Where a value ahead will probably be.',
  fields: (t) => ({
    level: t.exposeFloat('level', {
      description: 'How often the value is to be in it: 0.8 means four times out of five.',
    }),
    lower: t.exposeFloat('lower', { description: 'Its lower end.' }),
    upper: t.exposeFloat('upper', { description: 'Its upper end.' }),
  }),
});

const forecastPoint = builder.objectRef<Point>('ForecastPoint').implement({
  description: 'One period ahead.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the period begins.' }),
    value: t.exposeFloat('value', { description: 'What is expected.' }),
    intervals: t.field({
      type: [forecastInterval],
      description: 'Where it will probably be, in the order of `levels`.',
      resolve: ({ intervals }) => [...intervals],
    }),
  }),
});

const historyPoint = builder.objectRef<HistoryPoint>('ForecastHistoryPoint').implement({
  description: 'One period of the past.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the period begins.' }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'What it was; null for an average or ratio of nothing.',
    }),
  }),
});

const forecastNote = builder.objectRef<Note>('ForecastNote').implement({
  description: 'Something to know about a series or its forecast.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'What it is about, for programs, such as SHORT.' }),
    message: t.exposeString('message', { description: 'A sentence for people.' }),
  }),
});

const forecast = builder.objectRef<Forecast>('Forecast').implement({
  description: 'How a series goes on.',
  fields: (t) => ({
    metric: t.expose('metric', {
      type: metricName,
      nullable: true,
      description:
        'What is forecast; null for a product, of which the units sold are forecast, returns not taken off.',
    }),
    grain: t.expose('grain', { type: grain, description: 'How long each period is.' }),
    method: t.string({
      description: 'How it was forecast, in words.',
      resolve: ({ result }) => result.method,
    }),
    why: t.string({
      description: 'Why in this way, in one sentence.',
      resolve: ({ result }) => result.why,
    }),
    notes: t.field({
      type: [forecastNote],
      description: 'What to know about the history and the forecast before you trust it.',
      resolve: ({ remarks, result }) => [...remarks, ...result.notes, ...floorNotes(result)],
    }),
    history: t.field({
      type: [historyPoint],
      description: 'The periods that it was forecast from, the oldest first.',
      resolve: ({ history }) => [...history],
    }),
    points: t.field({
      type: [forecastPoint],
      description: 'The periods ahead, the nearest first.',
      resolve: pointsOf,
    }),
    model: modelField(t),
    degraded: degradedField(t),
  }),
});

function pointsOf({ ahead, result: { mean, intervals } }: Forecast): Point[] {
  return mean.slice(0, ahead.length).flatMap((value, step) => {
    const at = ahead[step];
    if (at === undefined) return [];
    const here = intervals.flatMap(({ level, lower, upper }) => {
      const [low, high] = [lower[step], upper[step]];
      return low === undefined || high === undefined ? [] : [{ level, lower: low, upper: high }];
    });
    return [{ at, value, intervals: here }];
  });
}

/** Intervals are symmetric but for this. */
function floorNotes({ mean, intervals }: ForecastResult): Note[] {
  const ends = intervals.some(({ lower }) => lower.some((low, step) => low === 0 && (mean[step] ?? 0) > 0));
  const message = 'Intervals end at 0, since the series was never below.';
  return ends ? [{ code: 'INTERVAL_CUT', message }] : [];
}

const methodArguments = builder.args((t) => ({
  method: t.field({
    type: forecastMethod,
    required: true,
    defaultValue: 'auto',
    description: 'How it is forecast.',
  }),
  levels: t.floatList({
    required: true,
    defaultValue: [0.8],
    description: `How sure the intervals are to be, each between 0 and 1: 0.95 is wider than 0.8. At most ${forecastBounds.levels}.`,
  }),
}));

const horizonDescription = `How many periods ahead, at most ${forecastBounds.horizon}.`;

interface MethodArguments {
  readonly horizon: number;
  readonly method: ForecastMethodName;
  readonly levels: readonly number[];
}

function refuse(message: string): never {
  throw new FlywheelError('BAD_INPUT', message);
}

function checkCount(name: string, count: number, most: number): number {
  if (count >= 1 && count <= most) return count;
  return refuse(`\`${name}\` is ${count}; it must be from 1 to ${most}.`);
}

function checkGrain<Allowed extends Grain>(asked: Grain, allowed: readonly Allowed[]): Allowed {
  return (
    allowed.find((one) => one === asked) ??
    refuse(`Nothing is forecast by ${asked}; \`grain\` may be ${allowed.join(', ')}.`)
  );
}

/** The part of an item that does not depend on its series. */
function methodOf({ horizon, method, levels }: MethodArguments): Omit<ForecastItem, 'values' | 'period'> {
  if (levels.length > forecastBounds.levels) {
    refuse(`\`levels\` takes at most ${forecastBounds.levels} entries, and these are ${levels.length}.`);
  }
  for (const level of levels) {
    if (level > 0 && level < 1) continue;
    refuse(
      `\`levels\` holds ${level}; each must be between 0 and 1, such as 0.8 for four times out of five.`,
    );
  }
  checkCount('horizon', horizon, forecastBounds.horizon);
  return { horizon, method, levels: [...levels] };
}

async function forecastOf(
  asked: Pick<Forecast, 'metric' | 'grain' | 'history' | 'ahead' | 'remarks'>,
  item: Omit<ForecastItem, 'values'>,
  { calls }: GatewayContext,
): Promise<Forecast> {
  const values = asked.history.map(({ value }) => value);
  const { result, ...served } = await calls.forecast({ ...item, values });
  if (result === null) {
    throw new FlywheelError(
      'UNAVAILABLE',
      'The forecasting service gave no forecast; ask again in a moment.',
    );
  }
  return { ...asked, ...served, result };
}

function openNote(grain: PeriodGrain, open: Date | null): Note[] {
  if (open === null) return [];
  const message = `The ${grain.toLowerCase()} that begins at ${open.toISOString()} is not over yet and is forecast too; give its end as \`to\` if it is.`;
  return [{ code: 'PERIOD_OPEN', message }];
}

const metricGrains = grains.filter((name) => name !== 'ALL' && name !== 'SECOND');

builder.queryField('forecast', (t) =>
  t.field({
    type: forecast,
    description:
      'How a metric goes on. It is made from the whole periods of a report: the one that the newest fact fell into is not over yet, so it is the first that is forecast.',
    args: {
      metric: t.arg({
        type: metricName,
        required: true,
        description: 'What is forecast; `metrics` lists what there is.',
      }),
      grain: t.arg({
        type: grain,
        required: true,
        description: `How long the periods are: ${metricGrains.join(', ')}.`,
      }),
      horizon: t.arg.int({ required: true, description: horizonDescription }),
      filter: t.arg({ type: metricFilter, description: 'Which facts count.' }),
      from: t.arg({
        type: 'DateTime',
        description: `The first moment that counts; from the beginning unless you say otherwise, but the last ${shortPeriodsMax} hours or minutes. At most ${reportRowsMax} periods.`,
      }),
      to: t.arg({
        type: 'DateTime',
        description:
          'The first moment that no longer counts. The end of the period of the newest fact says that this period is over.',
      }),
      timeZone: t.arg.string({
        required: true,
        defaultValue: 'UTC',
        description: 'The time zone of the periods: an IANA name such as Europe/London.',
      }),
      ...methodArguments,
      season: t.arg.int({
        description: `After how many periods the pattern comes again, 1 for never. Unless you say otherwise: ${seasonsText()}.`,
      }),
    },
    extensions: { costRows: reportCostRows },
    resolve: async (_root, { metric, from, to, filter, timeZone, season, ...args }, context) => {
      const grain = checkGrain(args.grain, metricGrains);
      const period = season ?? seasons[grain];
      checkCount('season', period, forecastBounds.period);
      const item = { ...methodOf(args), period };
      const { points, next, open } = await readHistory(
        {
          metric,
          grain,
          timeZone,
          from: from ? new Date(from) : null,
          to: to ? new Date(to) : null,
          filter: filter ? metricCondition(filter, [metric]) : null,
        },
        context,
      );
      const ahead = periodsOf(grain, zoneOf(timeZone)).from(next, args.horizon);
      const asked = { metric, grain, history: points, ahead, remarks: openNote(grain, open) };
      return forecastOf(asked, item, context);
    },
  }),
);

function seasonsText(): string {
  return metricGrains.map((name) => `${seasons[name]} for ${name}`).join(', ');
}

/** What a forecast of a product is taken to touch: its sales of some years. */
const productCostRows = 1_000;

async function forecastProduct(
  code: string,
  args: MethodArguments & { readonly grain: Grain },
  context: GatewayContext,
): Promise<Forecast | null> {
  const grain: SeriesGrain = checkGrain(args.grain, seriesGrains);
  const item = { ...methodOf(args), period: seasons[grain] };
  const { units, next } = await context.productUnits(code, grain);
  if (next === null) return null;
  const periods = periodsOf(grain, zoneOf('UTC'));
  const starts = periods.before(next, units.length);
  const history = starts.map((at, place) => ({ at, value: units[place] ?? 0 }));
  const ahead = periods.from(next, args.horizon);
  return forecastOf({ metric: null, grain, history, ahead, remarks: [] }, item, context);
}

builder.prismaObjectField('Product', 'forecast', (t) =>
  t.field({
    type: forecast,
    nullable: true,
    select: { code: true },
    description: `How many units will be sold, returns not taken off: made from at most ${unitPeriodsMax} periods in UTC up to the one of the newest sale of the shop, which is the first that is forecast. Null while the shop has sold nothing.`,
    args: {
      horizon: t.arg.int({ required: true, defaultValue: 4, description: horizonDescription }),
      grain: t.arg({
        type: grain,
        required: true,
        defaultValue: 'WEEK',
        description: `How long the periods are: ${seriesGrains.join(', ')}.`,
      }),
      ...methodArguments,
    },
    extensions: { costRows: productCostRows },
    resolve: ({ code }, args, context) => forecastProduct(code, args, context),
  }),
);
