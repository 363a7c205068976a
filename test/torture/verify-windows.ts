// The law of the windows after the torture: what was kept, with what came too late, is what the facts give.

import { pause } from '../../src/core/pause.js';
import { definitions } from '../../src/metrics/definitions.js';
import { planLiveCuts } from '../../src/metrics/live-cuts.js';
import type { EventLog } from '../../src/stream/event-log.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import type { Database } from '../../src/warehouse/database.js';
import { readAll } from './verify.js';

/** Statements that give (start, key, value): of a cut, by one of its states, and the same from the facts. */
interface Check {
  readonly cut: string;
  readonly metric: string;
  readonly fromFacts: string;
}

const checks: readonly Check[] = [
  {
    cut: 'Event/ALL/EVENT_TYPE',
    metric: 'EVENTS',
    fromFacts: `SELECT 'epoch'::timestamptz AS start, json_build_array(type)::text AS key, count(*) AS value FROM fact_event GROUP BY type`,
  },
  {
    cut: 'Event/MINUTE/EVENT_TYPE',
    metric: 'EVENTS',
    fromFacts: `SELECT date_trunc('minute', occurred_at) AS start, json_build_array(type)::text AS key, count(*) AS value FROM fact_event GROUP BY 1, 2`,
  },
  {
    cut: 'Event/ALL/',
    metric: 'VISITORS',
    fromFacts: `SELECT 'epoch'::timestamptz AS start, '[]' AS key, count(DISTINCT customer_id) AS value FROM fact_event`,
  },
  {
    cut: 'Measurement/ALL/',
    metric: 'MEASUREMENT_TOTAL',
    fromFacts: `SELECT 'epoch'::timestamptz AS start, '[]' AS key, sum(value) AS value FROM fact_measurement`,
  },
  {
    cut: 'Sale/ALL/',
    metric: 'REVENUE',
    fromFacts: `SELECT 'epoch'::timestamptz AS start, '[]' AS key, sum(amount) AS value FROM fact_sales`,
  },
  {
    cut: 'Sale/MINUTE/PRODUCT',
    metric: 'REVENUE',
    fromFacts: `SELECT date_trunc('minute', sold_at) AS start, json_build_array(code)::text AS key, sum(amount) AS value
      FROM fact_sales JOIN dim_product AS p ON p.id = product_id GROUP BY 1, 2`,
  },
];

/** The place of the state that is the value of a metric, counted from 1 as PostgreSQL does. */
function placeOf(cut: string, metric: string): number | undefined {
  const { facts } = planLiveCuts(catalogue, definitions);
  for (const fact of facts) {
    if (!fact.groups.some((group) => group.cuts.some(({ name }) => name === cut))) continue;
    const formula = fact.metrics.find(({ metric: { name } }) => name === metric)?.formula;
    return formula?.kind === 'state' ? formula.state + 1 : undefined;
  }
  return undefined;
}

export async function findWindowDisagreements(
  database: Database,
  log: EventLog,
  resultsTopic: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { cut, metric, fromFacts } of checks) {
    const place = placeOf(cut, metric);
    if (place === undefined) {
      found.push(`There is no cut ${cut} that keeps ${metric}.`);
      continue;
    }
    const { rows } = await database.pool.query(
      `WITH facts AS (${fromFacts}), kept AS (
         SELECT window_start AS start, key::jsonb AS key, sum(states[${place}]) AS value,
           sum(states[${place}]) FILTER (WHERE NOT late) AS live
         FROM live_partial WHERE cut = $1 GROUP BY 1, 2
       )
       SELECT count(*) FILTER (WHERE kept.value IS DISTINCT FROM facts.value)::int AS wrong, count(*)::int AS windows,
         count(*) FILTER (WHERE kept.live IS NOT NULL
           AND (published.message::json -> 'values' ->> $2)::numeric IS DISTINCT FROM kept.live)::int AS unpublished
       FROM facts FULL JOIN kept ON kept.start = facts.start AND kept.key = facts.key::jsonb
       LEFT JOIN live_window AS published
         ON published.cut = $1 AND published.window_start = kept.start AND published.key::jsonb = kept.key`,
      [cut, metric],
    );
    const [{ wrong, windows, unpublished }] = rows;
    if (windows === 0) found.push(`${cut} has no windows.`);
    if (wrong > 0)
      found.push(`${metric} of ${cut} differs from the facts in ${wrong} of ${windows} windows.`);
    if (unpublished > 0)
      found.push(`${metric} of ${cut} was not published as it is in ${unpublished} windows.`);
  }
  found.push(...(await findResultDisagreements(database, log, resultsTopic)));
  return found;
}

/**
 * Every window is in the topic of results as it is stored, or newer: clocks go on meanwhile, and windows end by them.
 * So what is stored is read first, and the topic when everything that was published by then has been relayed.
 */
async function findResultDisagreements(
  database: Database,
  log: EventLog,
  topic: string,
): Promise<readonly string[]> {
  const { rows } = await database.pool.query('SELECT message FROM live_window');
  const { rows: last } = await database.pool.query('SELECT coalesce(max(id), 0) AS id FROM outbox');
  const isRelayed = async () => {
    const { rowCount } = await database.pool.query('SELECT FROM outbox WHERE id <= $1', [last[0].id]);
    return rowCount === 0;
  };
  while (!(await isRelayed())) await pause(50);
  const newest = new Map<string, number>();
  for (const { records } of await readAll(log, topic)) {
    for (const { value } of records) {
      if (value === null) continue;
      const message = JSON.parse(value.toString());
      const name = nameOf(message);
      newest.set(name, Math.max(newest.get(name) ?? 0, message.revision));
    }
  }
  const unheard = rows.filter(({ message }) => {
    const stored = JSON.parse(message);
    return (newest.get(nameOf(stored)) ?? 0) < stored.revision;
  });
  return unheard.length === 0
    ? []
    : [`${unheard.length} of ${rows.length} windows are not in ${topic} as they are.`];
}

function nameOf({ cut, start, key }: { cut: unknown; start: unknown; key: unknown }): string {
  return JSON.stringify([cut, start, key]);
}
