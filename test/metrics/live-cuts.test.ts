// What is kept live follows from the definitions, and a declaration that cannot be kept is refused at once.

import { describe, expect, it } from 'vitest';
import { createDefinitions, type MetricDefinition } from '../../src/metrics/definition.js';
import { definitions } from '../../src/metrics/definitions.js';
import { cutName, planLiveCuts } from '../../src/metrics/live-cuts.js';
import { catalogue } from '../../src/warehouse/catalogue.js';

const cuts = planLiveCuts(catalogue, definitions);

function metric(name: string): MetricDefinition {
  const found = definitions.findMetric(name);
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
}

const plan =
  (...metrics: readonly MetricDefinition[]) =>
  () =>
    planLiveCuts(catalogue, createDefinitions(metrics));

describe('live cuts', () => {
  it('are named by fact, grain and dimensions, whatever the order that these are asked in', () => {
    expect(cutName(definitions, 'Event', 'MINUTE', [])).toBe('Event/MINUTE/');
    expect(cutName(definitions, 'Sale', 'DAY', ['REGION', 'PRODUCT'])).toBe('Sale/DAY/PRODUCT,REGION');
    expect(cutName(definitions, 'Sale', 'DAY', ['PRODUCT', 'REGION'])).toBe('Sale/DAY/PRODUCT,REGION');
  });

  it('gather the metrics that share them, and keep no state that none of these needs', () => {
    const found = cuts.findCut('Event/SECOND/');
    expect(found?.cut.metrics.map((item) => item.metric.name)).toEqual([
      'EVENTS',
      'VIEWS',
      'CLICKS',
      'PURCHASES',
      'CLICK_RATE',
      'CONVERSION_RATE',
    ]);
    const kept = found?.fact.states.filter((_, place) => found.cut.keeps[place]).map(({ kind }) => kind);
    expect(kept).toEqual(['count', 'count', 'count', 'count']);
    expect(cuts.findCut('Event/MINUTE/')?.cut.membersMax.size).toBe(1);
    expect(cuts.findCut('Event/YEAR/')).toBeUndefined();
  });

  it('give every declared cut of every metric', () => {
    for (const { name, source, live } of definitions.metrics) {
      for (const { every, by } of live ?? []) {
        const found = cuts.findCut(cutName(definitions, source.model, every, by));
        expect(found?.cut.metrics.map((item) => item.metric.name)).toContain(name);
      }
    }
  });

  it('are refused over dimensions that do not stand on the fact, and of facts without a clock', () => {
    const revenue = metric('REVENUE');
    const live = (by: string) => [{ every: 'DAY' as const, by: [by], membersMax: 1 }];
    expect(plan({ ...revenue, live: live('CATEGORY') })).toThrow(/CATEGORY does not stand on Sale/);
    expect(plan({ ...revenue, live: live('WEEKDAY') })).toThrow(/WEEKDAY does not stand on Sale/);
    expect(plan({ ...revenue, live: live('NOWHERE') })).toThrow(/names no dimension/);
    const { clock: _, ...source } = revenue.source;
    expect(plan({ ...revenue, source })).toThrow(/Sale has no clock/);
    expect(plan({ ...revenue, where: { estimated: true } })).toThrow(/estimated/);
  });

  it('take the rows of both models for a ratio over two, and of one for all else', () => {
    const partsOf = (cut: string) =>
      cuts
        .findCut(cut)
        ?.fact.parts.map(({ model, groups }) => [
          model.name,
          groups.find((group) => group.cuts.some(({ name }) => name === cut))?.keeps,
        ]);
    expect(partsOf('Outcome/MINUTE/ARM')).toEqual([
      ['Outcome', [true, false]],
      ['Exposure', [false, true]],
    ]);
    expect(partsOf('Exposure/MINUTE/ARM')).toEqual([['Exposure', [true]]]);
    expect(cuts.factsOf('Exposure').map(({ name }) => name)).toEqual(['Exposure', 'Outcome']);
    expect(cuts.factsOf('Outcome').map(({ name }) => name)).toEqual(['Outcome']);
  });

  it('take nothing of the other model where the ratio itself is not kept', () => {
    const live = [{ every: 'DAY' as const, by: ['ARM'], membersMax: 1 }];
    const [outcome] = planLiveCuts(
      catalogue,
      createDefinitions([
        metric('EXPOSURES'),
        { ...metric('OUTCOMES'), live: [...live, { every: 'HOUR', by: ['DECISION_KIND'], membersMax: 1 }] },
        { ...metric('OUTCOME_RATE'), live },
      ]),
    ).factsOf('Outcome');
    expect(
      outcome?.parts.map(({ groups }) => groups.flatMap((group) => group.cuts.map(({ name }) => name))),
    ).toEqual([['Outcome/DAY/ARM', 'Outcome/HOUR/DECISION_KIND'], ['Outcome/DAY/ARM']]);
  });

  it('are refused for ratios over facts of different clocks, or cut by what only one of them has', () => {
    const over = (denominator: string) => {
      const measure = { kind: 'ratio', numerator: 'REVENUE', denominator } as const;
      return { ...metric('REVENUE'), name: 'REVENUE_EACH', measure };
    };
    expect(plan(metric('REVENUE'), metric('MEASUREMENTS'), over('MEASUREMENTS'))).toThrow(/different clocks/);
    expect(plan(metric('REVENUE'), metric('EVENTS'), over('EVENTS'))).toThrow(
      /Event has no relation named region/,
    );
  });
});
