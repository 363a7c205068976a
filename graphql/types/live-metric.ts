// Live metrics: windows as they fill, from the events that arrive now.

import { FlywheelError } from '../../src/core/errors.js';
import type { DimensionDefinition } from '../../src/metrics/definition.js';
import { definitions } from '../../src/metrics/definitions.js';
import { refuseCount } from '../../src/metrics/live-cut-of-request.js';
import type { DimensionKey } from '../../src/metrics/report.js';
import { builder } from '../builder.js';
import { followExtension, type MetricEvent, type MetricSource, notHere } from '../hub/source.js';
import { keyFilter, keysIn } from '../key-filter.js';
import { dimensionName, grain, metricName } from './metric.js';
import { dimensionKey } from './report.js';

const lastDefault = 1;
const lastMax = 1_000;
const perSecondMax = 1_000;

/** EVENT_TYPE as eventType. */
function fieldNameOf({ name }: DimensionDefinition): string {
  return name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

const liveDimensions = definitions.dimensions.filter(({ name }) =>
  definitions.metrics.some(({ live }) => live?.some(({ by }) => by.includes(name))),
);

const liveFilter = builder.inputType('LiveFilter', {
  description: 'Which keys are followed. Only dimensions that are named in `by` can be filtered.',
  fields: (t) =>
    Object.fromEntries(
      liveDimensions.map((dimension) => [
        fieldNameOf(dimension),
        t.field({ type: keyFilter, description: dimension.description }),
      ]),
    ),
});

/** The keys of the row, in the order in which they were asked for. */
function keysOf({ request, update }: MetricEvent): DimensionKey[] {
  return request.by.flatMap((name) => update?.keys.find(({ dimension }) => dimension === name) ?? []);
}

const metricUpdate = builder.objectRef<MetricEvent>('MetricUpdate').implement({
  description:
    'The value of a metric in one window and for one combination of keys, as it is now. A later message about the same window and keys replaces it.',
  fields: (t) => ({
    metric: t.field({
      type: metricName,
      description: 'The metric.',
      resolve: ({ request }) => request.metric,
    }),
    windowStart: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the window begins, in UTC; null for a running total (ALL).',
      resolve: ({ update }) => update?.windowStart ?? null,
    }),
    windowEnd: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ends: the first moment that no longer counts; null for a running total (ALL).',
      resolve: ({ update }) => update?.windowEnd ?? null,
    }),
    keys: t.field({ type: [dimensionKey], description: 'The keys, in the order of `by`.', resolve: keysOf }),
    value: t.field({
      type: 'Decimal',
      nullable: true,
      description:
        'The value; null where a ratio would divide by zero, and with the error LIMIT_EXCEEDED where more distinct members came than are counted.',
      resolve: ({ request, update }) => {
        if (update?.refused?.includes(request.metric)) refuseCount(definitions, request);
        return update?.values[request.metric] ?? null;
      },
    }),
    final: t.boolean({
      nullable: true,
      description:
        'False while more events are expected in the window. Once it is true, only events that come very late still change the value, with another message.',
      resolve: ({ update }) => update?.final ?? null,
    }),
    revision: t.int({
      nullable: true,
      description: 'Counts the changes of the window, from 1; the greatest one holds.',
      resolve: ({ update }) => update?.revision ?? null,
    }),
    watermark: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'How far the time of the events has come: windows that ended before it are final.',
      resolve: ({ update }) => update?.watermark ?? null,
    }),
    cursor: t.string({
      description: 'Where to go on: give it as `after` in the next subscription.',
      resolve: ({ cursor }) => cursor,
    }),
    notice: t.string({
      nullable: true,
      description:
        'Says that messages are missing, and what comes instead; the value and all about it is then null. Null in every other message.',
      resolve: ({ notice }) => notice ?? null,
    }),
  }),
});

interface LiveArguments {
  readonly metric?: unknown;
  readonly every?: unknown;
  readonly by?: unknown;
  readonly filter?: unknown;
  readonly last?: unknown;
  readonly maxPerSecond?: unknown;
  readonly after?: unknown;
}

function within(name: string, value: unknown, min: number, max: number): number | undefined {
  if (typeof value !== 'number') return undefined;
  if (value >= min && value <= max) return value;
  throw new FlywheelError('BAD_INPUT', `\`${name}\` is ${value}; it must be from ${min} to ${max}.`);
}

function wantedKeys(filter: unknown, by: readonly string[]): Map<string, readonly (string | null)[]> {
  const wanted = new Map<string, readonly (string | null)[]>();
  if (typeof filter !== 'object' || filter === null) return wanted;
  const given = new Map(Object.entries(filter));
  for (const dimension of liveDimensions) {
    const name = fieldNameOf(dimension);
    const condition: unknown = given.get(name);
    if (condition === undefined || condition === null) continue;
    if (!by.includes(dimension.name)) {
      throw new FlywheelError(
        'BAD_INPUT',
        `The filter names \`${name}\`, but the metric is not cut by it; add ${dimension.name} to \`by\`.`,
      );
    }
    wanted.set(dimension.name, keysIn(name, condition));
  }
  return wanted;
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** What the arguments ask to follow. */
function follow(args: LiveArguments): MetricSource {
  const by = namesOf(args.by);
  return {
    kind: 'metric',
    request: { metric: String(args.metric), every: String(args.every), by },
    wanted: wantedKeys(args.filter, by),
    maxPerSecond: within('maxPerSecond', args.maxPerSecond, 0.001, perSecondMax),
    last: within('last', args.last, 0, lastMax) ?? lastDefault,
    after: typeof args.after === 'string' ? args.after : undefined,
  };
}

builder.subscriptionField('liveMetric', (t) =>
  t.field({
    type: metricUpdate,
    description:
      'The windows of a metric as they change. First come the newest windows as they are, then every change. `metrics { name live { every by } }` lists what can be followed.',
    args: {
      metric: t.arg({ type: metricName, required: true, description: 'What is measured.' }),
      every: t.arg({
        type: grain,
        required: true,
        description: 'How long the windows are, in UTC; ALL gives running totals.',
      }),
      by: t.arg({
        type: [dimensionName],
        description: 'What the metric is cut by; by nothing unless given.',
      }),
      filter: t.arg({ type: liveFilter, description: 'Which keys are followed; all unless given.' }),
      last: t.arg.int({
        description: `How many windows before the newest one come first: ${lastDefault} unless given, at most ${lastMax}. Windows in which nothing happened do not count.`,
      }),
      maxPerSecond: t.arg.float({
        description:
          'The most messages in a second for each window and combination of keys; changes in between are left out, the newest value is never.',
      }),
      after: t.arg.string({
        description:
          'The cursor of the last message that was received: what followed it comes first, in place of the newest windows as they are.',
      }),
    },
    extensions: followExtension(follow),
    // Never asked: the hub follows in its place. Who comes here has come by a way that cannot carry a stream.
    subscribe: (): AsyncIterable<MetricEvent> => {
      throw notHere();
    },
    resolve: (event) => event,
  }),
);
