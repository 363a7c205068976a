// What must be kept for a set of metrics: the mergeable states of each fact, and how values follow from them.

import type { Definitions, FactSource, MetricDefinition, RowFilter } from './definition.js';

/** One column of state. Sums and counts merge by adding, min and max by comparing, distinct as sets of members. */
export type State =
  | { readonly kind: 'sum' | 'min' | 'max'; readonly field: string; readonly where: RowFilter | null }
  /** Counts rows, or the rows in which the field is not null. */
  | { readonly kind: 'count'; readonly field: string | null; readonly where: RowFilter | null }
  | { readonly kind: 'distinct'; readonly fields: readonly string[]; readonly where: RowFilter | null };

export type DistinctState = Extract<State, { kind: 'distinct' }>;

/** How a value is computed from states, named by their places. */
export type Formula =
  | {
      readonly kind: 'state';
      readonly state: number;
      readonly negated: boolean;
      readonly emptyIsZero: boolean;
    }
  | { readonly kind: 'quotient'; readonly numerator: Formula; readonly denominator: Formula };

/** A state and the fact it is kept of. */
export interface PlacedState {
  readonly fact: FactSource;
  readonly state: State;
}

export interface StatePlan {
  readonly states: readonly PlacedState[];
  /** In the order of the metrics. */
  readonly formulas: readonly Formula[];
  readonly facts: readonly FactSource[];
}

/** The states that the metrics need, each once, however many metrics share it. */
export function planStates(definitions: Definitions, metrics: readonly MetricDefinition[]): StatePlan {
  const states: PlacedState[] = [];
  const places = new Map<string, number>();

  function place(fact: FactSource, state: State): number {
    const key = JSON.stringify([fact.model, fact.time, state]);
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, states.length);
    return states.push({ fact, state }) - 1;
  }

  function formulaOf(metric: MetricDefinition): Formula {
    const { source, measure } = metric;
    const where = metric.where ?? null;
    const of = (state: State, emptyIsZero: boolean, negated = false): Formula => ({
      kind: 'state',
      state: place(source, state),
      negated,
      emptyIsZero,
    });
    switch (measure.kind) {
      case 'sum':
        return of({ kind: 'sum', field: measure.field, where }, true, measure.negated ?? false);
      case 'count':
        return of({ kind: 'count', field: null, where }, true);
      case 'min':
      case 'max':
        return of({ kind: measure.kind, field: measure.field, where }, false);
      case 'distinct':
        return of({ kind: 'distinct', fields: measure.fields, where }, true);
      case 'average':
        return {
          kind: 'quotient',
          numerator: of({ kind: 'sum', field: measure.field, where }, true),
          denominator: of({ kind: 'count', field: measure.field, where }, true),
        };
      case 'ratio':
        return {
          kind: 'quotient',
          numerator: formulaOf(partOf(definitions, measure.numerator)),
          denominator: formulaOf(partOf(definitions, measure.denominator)),
        };
    }
  }

  const formulas = metrics.map(formulaOf);
  const facts = new Map(states.map(({ fact }) => [`${fact.model}.${fact.time}`, fact]));
  return { states, formulas, facts: [...facts.values()] };
}

function partOf(definitions: Definitions, name: string): MetricDefinition {
  const metric = definitions.findMetric(name);
  if (!metric) throw new Error(`The metric ${name} is not declared.`);
  return metric;
}
