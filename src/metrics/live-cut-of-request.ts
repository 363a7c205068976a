// Which of the kept cuts serves a subscription.

import { FlywheelError } from '../core/errors.js';
import type { Definitions, LiveCut } from './definition.js';
import type { LiveRequest } from './live.js';
import { cutName } from './live-cuts.js';

/** The name of the cut. BAD_INPUT, which lists what is kept, when none serves the request. */
export function cutOfRequest(definitions: Definitions, { metric: name, every, by }: LiveRequest): string {
  const metric = definitions.findMetric(name);
  if (metric === undefined) throw new FlywheelError('BAD_INPUT', `There is no metric ${name}.`);
  const wanted = cutName(definitions, metric.source.model, every, by);
  const cuts = metric.live ?? [];
  const isKept = cuts.some((cut) => cutName(definitions, metric.source.model, cut.every, cut.by) === wanted);
  if (isKept) return wanted;
  if (cuts.length === 0) {
    throw new FlywheelError('BAD_INPUT', `${name} is not kept live; ask \`report\` for it.`);
  }
  throw new FlywheelError(
    'BAD_INPUT',
    `${name} is not kept live every ${every}${by.length === 0 ? '' : ` by ${by.join(' and ')}`}; it is kept ${listed(cuts)}.`,
    { details: { kept: cuts.map((cut) => `${cut.every} by ${cut.by.join(', ') || 'nothing'}`) } },
  );
}

/** `every MINUTE, HOUR or ALL; by PRODUCT: every ALL`. */
function listed(cuts: readonly LiveCut[]): string {
  const grainsBy = new Map<string, string[]>();
  for (const { every, by } of cuts) {
    const dimensions = by.join(' and ');
    grainsBy.set(dimensions, [...(grainsBy.get(dimensions) ?? []), every]);
  }
  return [...grainsBy]
    .map(([dimensions, every]) => {
      const last = every.length > 1 ? ` or ${every.at(-1)}` : '';
      const head = every.length > 1 ? every.slice(0, -1).join(', ') : every.join();
      return `${dimensions === '' ? '' : `by ${dimensions} `}every ${head}${last}`;
    })
    .join('; ');
}

/** The answer to who follows a window with more distinct members than its cut counts. */
export function refuseCount(definitions: Definitions, { metric: name, every, by }: LiveRequest): never {
  const metric = definitions.findMetric(name);
  const wanted = metric && cutName(definitions, metric.source.model, every, by);
  const cut = metric?.live?.find(
    (known) => cutName(definitions, metric.source.model, known.every, known.by) === wanted,
  );
  const membersMax = cut?.membersMax ?? 0;
  throw new FlywheelError(
    'LIMIT_EXCEEDED',
    `${name} counts at most ${membersMax.toLocaleString('en')} different ones in a window, and more came; follow shorter windows, or ask \`report\` for it.`,
    { details: { limit: membersMax } },
  );
}
