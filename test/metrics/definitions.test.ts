// The definitions agree with the catalogue and with one another.

import { describe, expect, it } from 'vitest';
import { createDefinitions } from '../../src/metrics/definition.js';
import { definitions } from '../../src/metrics/definitions.js';
import { groupingOf } from '../../src/metrics/emit-dimension.js';
import { planStates } from '../../src/metrics/states.js';
import { catalogue, columnOf } from '../../src/warehouse/catalogue.js';

describe('definitions', () => {
  it('name columns, relations and values that exist', () => {
    for (const { source, where, dimensions } of definitions.metrics) {
      const model = catalogue.model(source.model);
      const { document, dayNumber } = source;
      const fields = [
        source.time,
        source.arrived,
        ...(dayNumber === undefined ? [] : [dayNumber]),
        ...(document?.key ?? []),
        ...(document?.shares ?? []),
      ];
      for (const field of fields) columnOf(model, field);
      for (const [field, value] of Object.entries(where ?? {})) {
        const { enumName } = columnOf(model, field);
        const values =
          enumName === undefined ? [value] : catalogue.enumType(enumName).values.map(({ name }) => name);
        expect(values).toContain(value);
      }
      for (const dimension of dimensions) expect(groupingOf(catalogue, model, dimension).kind).toBeTruthy();
    }
  });

  it('keep states that exist, each once', () => {
    const { states, facts } = planStates(definitions, definitions.metrics);
    const models = [
      'Sale',
      'Event',
      'Measurement',
      'Exposure',
      'Outcome',
      'CustomerPurchases',
      'DailyRollup',
    ];
    expect(facts.map(({ model }) => model)).toEqual(models);
    for (const { fact, state } of states) {
      const fields = state.kind === 'distinct' ? state.fields : [state.field ?? fact.time];
      for (const field of fields) columnOf(catalogue.model(fact.model), field);
    }
    // Of sales: REVENUE, GROSS_SALES, RETURNS, UNITS, INVOICES, ORDERS, CUSTOMERS, PRODUCTS_SOLD; ratios add none.
    // Of events: EVENTS, VISITORS, VIEWS, CLICKS, PURCHASES. Of measurements: their number and sum, and how many have a value.
    // Of what is shown, and of what comes of it: the number. Of what batches found of customers: totals, orders, who they
    // are, and the days with their number; of days: their sum.
    expect(states).toHaveLength(8 + 5 + 3 + 1 + 1 + 5 + 1);
  });

  it('are refused when a name is declared twice or a ratio has no parts', () => {
    const [first] = definitions.metrics;
    if (!first) throw new Error('There is no metric.');
    expect(() => createDefinitions([first, first])).toThrow(/declared twice/);
    const ratio = { kind: 'ratio', numerator: first.name, denominator: 'NOTHING' } as const;
    expect(() => createDefinitions([first, { ...first, name: 'R', measure: ratio }])).toThrow(/NOTHING/);
    const [dimension] = first.dimensions;
    if (!dimension) throw new Error('There is no dimension.');
    const other = { ...first, name: 'OTHER', dimensions: [{ ...dimension }] };
    expect(() => createDefinitions([first, other])).toThrow(/declared twice/);
  });
});
