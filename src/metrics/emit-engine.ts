// The contract of the engines that compute metrics outside the database: one definition, said in the SQL of each.

import type { Catalogue, Column, Model } from '../warehouse/catalogue.js';
import type { LiveCutPlan, LivePart } from './live-cuts.js';
import type { ReportPlan } from './plan-report.js';

/** How an engine names the tables of the warehouse. */
export interface EngineTables {
  /** The table of a model as it stands in the SQL, quoted where it must be, such as `pg.public.fact_sales`. */
  table(model: Model): string;
}

/**
 * A column of the result. A `time` is an instant, in UTC as the settings make the engine show it; a `decimal` is
 * exact, with as many places as its state has, or six where it is a quotient; a `text` is a key or its label.
 */
export interface EngineColumn {
  readonly name: string;
  readonly type: 'time' | 'text' | 'decimal';
}

/** What a query reads: a model and the columns of its table that must be there. */
export interface EngineRead {
  readonly model: Model;
  readonly columns: readonly Column[];
}

export interface EngineQuery {
  /** Settings of the session without which the answer would differ. */
  readonly settings: Readonly<Record<string, string>>;
  /** One SELECT, with every value written into it. */
  readonly sql: string;
  readonly columns: readonly EngineColumn[];
  readonly reads: readonly EngineRead[];
}

/** The windows of a live cut that rows of a part give to; an end that is null is open. */
export interface EngineCut {
  readonly part: LivePart;
  readonly cut: LiveCutPlan;
  readonly from: Date | null;
  readonly to: Date | null;
}

/**
 * The SQL of one engine. Tables have the names of the columns of the warehouse, with the types of `columnType`;
 * enums are texts. What the engine cannot say exactly is BAD_INPUT, by name.
 */
export interface EngineDialect {
  readonly name: 'spark' | 'flink';
  /** How the engine is called in sentences. */
  readonly title: string;
  /** The type that the engine's table has for a column; BAD_INPUT where it has none that holds every value. */
  columnType(model: Model, column: Column): string;
  /**
   * The rows of a report: `at` (where it has periods), the key of each dimension under its name (and its label under
   * `NAME_LABEL`, where it has one), the shown metrics under their names. A report without `first` gives every row.
   */
  report(catalogue: Catalogue, plan: ReportPlan, tables: EngineTables): EngineQuery;
  /**
   * The states of the windows of a live cut, computed from the facts: `start`, the key of each dimension under its
   * name, and each state that the cut keeps under `state_PLACE`. A distinct count is given past its cap, too.
   */
  cut(catalogue: Catalogue, cut: EngineCut, tables: EngineTables): EngineQuery;
}
