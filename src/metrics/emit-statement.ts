// What all parts of one report statement share while it is written.

import type { Catalogue } from '../warehouse/catalogue.js';
import type { Sql } from './emit-time.js';
import type { ReportPlan } from './plan-report.js';

export interface Statement {
  readonly catalogue: Catalogue;
  readonly plan: ReportPlan;
  readonly nextAlias: () => string;
  /** The common table expressions so far, in order. */
  readonly ctes: { readonly name: string; readonly query: Sql }[];
}

/** Adds a common table expression; returns its name. */
export function define(statement: Statement, query: Sql): string {
  const name = statement.nextAlias();
  statement.ctes.push({ name, query });
  return name;
}
