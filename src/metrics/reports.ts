// Answers report requests: checks them, compiles one statement, and reads its rows back as a report.

import { FlywheelError } from '../core/errors.js';
import type { Scope } from '../core/scope.js';
import type { Catalogue } from '../warehouse/catalogue.js';
import type { Database } from '../warehouse/database.js';
import { runStatement } from '../warehouse/run-statement.js';
import type { Definitions } from './definition.js';
import { reportStatement } from './emit-postgres.js';
import { planReport, type ReportPlan, refuseFill } from './plan-report.js';
import {
  type MetricValue,
  type Report,
  type ReportParts,
  type ReportRequest,
  type ReportRow,
  reportRowsMax,
} from './report.js';

export interface ReportOptions {
  /** Which parts of the answer are wanted (all). */
  readonly parts?: ReportParts;
  /** Is given what to call when nobody waits for the report any more: its statement is then stopped. */
  readonly onAbandon?: (callback: () => void) => void;
}

export interface Reports {
  /**
   * Answers a request in one statement, on one snapshot. Fails with a FlywheelError: BAD_INPUT says what is
   * allowed; LIMIT_EXCEEDED that filling makes too many rows; UNAVAILABLE, TIMEOUT and CANCELLED what became of the statement.
   */
  report(request: ReportRequest, scope: Scope, options?: ReportOptions): Promise<Report>;
}

export interface ReportsDeps {
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly definitions: Definitions;
}

const everyPart: ReportParts = { rows: true, totals: true, freshness: true };
const digitsMax = 15;

/** Creates the reports of a database. */
export function createReports({ database, catalogue, definitions }: ReportsDeps): Reports {
  return {
    async report(request, _scope, options = {}) {
      const plan = planReport(definitions, catalogue, request, options.parts ?? everyPart);
      const compiled = reportStatement(catalogue, plan).compile(database.kysely);
      // Never prepared by name: a plan that suits any range would read a month the way it reads a year.
      const statement = { text: compiled.sql, values: compiled.parameters };
      try {
        return reportOf(plan, await runStatement(database, statement, options.onAbandon));
      } catch (error) {
        throw explainZone(plan, error);
      }
    },
  };
}

/** Node knows time zones that an older PostgreSQL does not. */
function explainZone(plan: ReportPlan, error: unknown): unknown {
  const unknown = error instanceof Error && /^time zone ".*" not recognized$/.test(error.message);
  if (!unknown) return error;
  const sentence = `The database does not know the time zone ${plan.zone.name}; take another name of it, or update the tables of PostgreSQL.`;
  return new FlywheelError('BAD_INPUT', sentence, { cause: error });
}

function reportOf(plan: ReportPlan, result: readonly (readonly unknown[])[]): Report {
  const summary = result.find(([part]) => part === 0) ?? [];
  const rows = result.filter(([part]) => part === 1);
  const [newest, arrived, fillRows] = summary.slice(-3);
  if (Number(fillRows ?? 0) > reportRowsMax) refuseFill();
  const shown = rows.slice(0, plan.first);
  return {
    rows: shown.map((row) => rowOf(plan, row)),
    totals: plan.parts.totals ? valuesOf(plan, summary) : [],
    freshness: { newest: dateOf(newest), arrived: dateOf(arrived) },
    truncated: rows.length > shown.length,
  };
}

function rowOf(plan: ReportPlan, row: readonly unknown[]): ReportRow {
  return {
    at: dateOf(row[2]),
    keys: plan.dimensions.map(({ name }, place) => ({
      dimension: name,
      value: textOf(row[3 + 2 * place]),
      label: textOf(row[4 + 2 * place]),
    })),
    values: valuesOf(plan, row),
  };
}

function valuesOf(plan: ReportPlan, row: readonly unknown[]): MetricValue[] {
  const start = 3 + 2 * plan.dimensions.length;
  return plan.metrics.slice(0, plan.shown).map(({ name }, place) => ({
    metric: name,
    value: decimalOf(name, row[start + place]),
    previous: decimalOf(name, row[start + plan.shown + place]),
  }));
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function dateOf(value: unknown): Date | null {
  return value instanceof Date ? value : null;
}

/** A decimal as the database wrote it; one of more digits than a JSON number carries is refused, never rounded. */
function decimalOf(metric: string, value: unknown): string | null {
  const text = textOf(value);
  if (text === null) return null;
  const digits = text.replace(/^-?0*\.?0*|\./g, '').replace(/0+$/, '');
  if (digits.length <= digitsMax) return text;
  throw new FlywheelError(
    'BAD_INPUT',
    `${metric} has a value of more than ${digitsMax} digits (${text}), which a number in the answer cannot hold; cut it into shorter periods or by more dimensions.`,
    { details: { metric, digitsMax } },
  );
}
