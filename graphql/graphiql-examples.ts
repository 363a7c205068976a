// Chooses what GraphiQL's questions are asked about, from the data that is loaded.

import type { Clock } from '../src/core/clock.js';
import type { Log } from '../src/core/log.js';
import { openScope } from '../src/core/scope.js';
import type { DimensionKey, Report, ReportRequest } from '../src/metrics/report.js';
import type { Reports } from '../src/metrics/reports.js';
import type { GraphiqlExamples } from './graphiql-tabs.js';

export interface ExamplesDeps {
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a choice stands: whoever opens the page again soon does not wait for it. */
const keptMs = 60_000;

/**
 * Returns what gives the examples. They are only a convenience: where the warehouse does not answer, there are none.
 */
export function createGraphiqlExamples({
  reports,
  clock,
  log,
}: ExamplesDeps): () => Promise<GraphiqlExamples> {
  let kept: { readonly untilMs: number; readonly examples: Promise<GraphiqlExamples> } | undefined;

  async function choose(): Promise<GraphiqlExamples> {
    try {
      const known = { rows: true, totals: false, freshness: false };
      const [regions, products, customers] = await Promise.all([
        reports.report(largest('CUSTOMERS', 'REGION'), openScope, {
          parts: { ...known, freshness: true },
        }),
        reports.report(largest('ORDERS', 'PRODUCT'), openScope, { parts: known }),
        reports.report(largest('ORDERS', 'CUSTOMER'), openScope, { parts: known }),
      ]);
      const newestSaleAt = regions.freshness.newest;
      const region = firstKnown(regions)?.value ?? undefined;
      const product = firstKnown(products)?.value ?? undefined;
      const customer = firstKnown(customers)?.value ?? undefined;
      const productWord = longestWord(firstKnown(products)?.label ?? '');
      return {
        ...(newestSaleAt === null ? {} : { newestSaleAt }),
        ...(region === undefined ? {} : { region }),
        ...(productWord === undefined ? {} : { productWord }),
        ...(product === undefined ? {} : { product }),
        ...(customer === undefined ? {} : { customer }),
      };
    } catch (error) {
      log.warn({ error }, 'GraphiQL opens without examples, because the warehouse gave none');
      kept = undefined;
      return {};
    }
  }

  return () => {
    const nowMs = clock.nowMs();
    if (kept === undefined || kept.untilMs <= nowMs) kept = { untilMs: nowMs + keptMs, examples: choose() };
    return kept.examples;
  };
}

/** The members of a dimension with the most of a metric; one of them may be the unknown. */
function largest(metric: string, dimension: string): ReportRequest {
  return { metrics: [metric], by: [dimension], orderBy: [{ metric, direction: 'DESC' }], first: 2 };
}

function firstKnown({ rows }: Report): DimensionKey | undefined {
  return rows.flatMap(({ keys }) => keys).find(({ value }) => value !== null);
}

function longestWord(label: string): string | undefined {
  const words = label.match(/\p{L}{4,}/gu) ?? [];
  return words.sort((one, other) => other.length - one.length)[0]?.toLowerCase();
}
