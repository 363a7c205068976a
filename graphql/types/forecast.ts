// Forecasts: how a metric, or what is sold of a product, goes on.

import { type Grain, grains, zoneOf } from '../../src/metrics/grain.js';
import { periodsOf } from '../../src/metrics/periods.js';
import { reportRowsMax } from '../../src/metrics/report.js';
import { forecastBounds, seasons } from '../../src/services/forecasting/contract.js';
import { seriesGrains, unitPeriodsMax } from '../../src/warehouse/service-reads/product-series.js';
import { builder } from '../builder.js';
import { checkCount } from '../check-count.js';
import type { GatewayContext } from '../context.js';
import type { CostRule } from '../cost.js';
import {
  type Forecast,
  floorNotes,
  forecastOf,
  futureNote,
  type Interval,
  type Note,
  openNote,
  type Point,
  partialNote,
  pointsOf,
} from '../forecast-answer.js';
import {
  answerCostRows,
  checkGrain,
  horizonDescription,
  type MethodArguments,
  methodArguments,
  methodOf,
} from '../forecast-arguments.js';
import { isFirstPartial } from '../forecast-first-period.js';
import { type HistoryPoint, readHistory, shortPeriodsMax } from '../forecast-history.js';
import { metricCondition, metricFilter } from '../metric-filter.js';
import { degradedField, modelField } from '../served-fields.js';
import { grain, metricName } from './metric.js';
import { reportCostRows } from './report.js';

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

const metricGrains = grains.filter((name) => name !== 'ALL' && name !== 'SECOND');

/** What a forecast of a metric is taken to touch: its report, each period of its season, and its answer. */
const metricCostRows: CostRule = (count) => reportCostRows + count('season') + answerCostRows(count);

builder.queryField('forecast', (t) =>
  t.field({
    type: forecast,
    nullable: true,
    description:
      'How a metric goes on. It is made from the whole periods of a report: the one that the newest fact fell into is not over yet, so it is the first that is forecast. A first week, month, quarter or year is left out if the facts begin in its midst. Null where it fails; the rest of the answer stays.',
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
        description: `The first moment that counts; from the beginning unless you say otherwise, but the last ${shortPeriodsMax} hours or minutes. The beginning of the first period says that this period is whole. At most ${reportRowsMax} periods.`,
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
    extensions: { costRows: metricCostRows },
    resolve: async (_root, { metric, from, to, filter, timeZone, season, ...args }, context) => {
      const grain = checkGrain(args.grain, metricGrains);
      const period = season ?? seasons[grain];
      checkCount('season', period, forecastBounds.period);
      const item = { ...methodOf(args), period };
      const past = await readHistory(
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
      const ahead = periodsOf(grain, zoneOf(timeZone)).from(past.next, args.horizon);
      const remarks = [
        ...partialNote(grain, past),
        ...openNote(grain, past.open),
        ...futureNote(past.future),
      ];
      const asked = { metric, grain, history: past.points, ahead, remarks };
      return forecastOf(asked, item, context);
    },
  }),
);

function seasonsText(): string {
  return metricGrains.map((name) => `${seasons[name]} for ${name}`).join(', ');
}

/** What a forecast of a product is taken to touch: its sales of some years, and its answer. */
const productCostRows: CostRule = (count) => 1_000 + answerCostRows(count);

async function forecastProduct(
  code: string,
  args: MethodArguments & { readonly grain: Grain },
  context: GatewayContext,
): Promise<Forecast | null> {
  const grain = checkGrain(args.grain, seriesGrains);
  const item = { ...methodOf(args), period: seasons[grain] };
  const { units, next, oldest, oldestAfter } = await context.productUnits(code, grain);
  if (next === null) return null;
  const periods = periodsOf(grain, zoneOf('UTC'));
  const starts = periods.before(next, units.length);
  const all = starts.map((at, place) => ({ at, value: units[place] ?? 0 }));
  const ahead = periods.from(next, args.horizon);
  const [first, second = next] = starts;
  const isPartial =
    first !== undefined &&
    (await isFirstPartial(grain, first, second, {
      hasAny: async (_from, to) => oldest !== null && oldest < to,
      hasMatching: async (from, to) => oldestAfter !== null && oldestAfter >= from && oldestAfter < to,
    }));
  const history = isPartial && all.length > 1 ? all.slice(1) : all;
  const remarks = partialNote(grain, { partial: isPartial ? first : null, points: history });
  return forecastOf({ metric: null, grain, history, ahead, remarks }, item, context);
}

builder.prismaObjectField('Product', 'forecast', (t) =>
  t.field({
    type: forecast,
    nullable: true,
    select: { code: true },
    description: `How many units will be sold, returns not taken off: made from at most ${unitPeriodsMax} periods in UTC up to the one of the newest sale of the shop, which is the first that is forecast. A first week, month, quarter or year is left out if the sales of the shop begin in its midst. Null while the shop has sold nothing.`,
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
