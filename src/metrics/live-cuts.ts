// What is kept live, as the definitions declare it: the cuts of each fact, and the layout of the states that they share.

import { type Catalogue, columnOf, type Model } from '../warehouse/catalogue.js';
import type { Definitions, DimensionDefinition, FactSource, MetricDefinition } from './definition.js';
import { type Grouping, groupingOf } from './emit-dimension.js';
import { type Grain, grains, periodOrder } from './grain.js';
import { type Formula, planStates, type State } from './states.js';

/** A metric and how its value follows from the states of its fact. */
export interface LiveMetric {
  readonly metric: MetricDefinition;
  readonly formula: Formula;
}

/** One cut: the metrics that share a fact, a grain and dimensions. */
export interface LiveCutPlan {
  /** `Model/GRAIN/DIMENSION,DIMENSION`. */
  readonly name: string;
  readonly every: Grain;
  readonly dimensions: readonly LiveDimension[];
  readonly metrics: readonly LiveMetric[];
  /** Whether the cut keeps the state, by its place. */
  readonly keeps: readonly boolean[];
  /** The most members of a window, for the places of distinct states that the cut keeps. */
  readonly membersMax: ReadonlyMap<number, number>;
}

/** A dimension that stands on the fact itself. */
export interface LiveDimension {
  readonly definition: DimensionDefinition;
  readonly grouping: Extract<Grouping, { kind: 'field' | 'foreignKey' }>;
  /** Where a row of the fact holds the key. */
  readonly field: string;
}

/** The cuts over the same dimensions, from the shortest windows to the longest. */
export interface LiveGroup {
  readonly dimensions: readonly LiveDimension[];
  readonly cuts: readonly LiveCutPlan[];
  /** Whether some cut keeps the state, by its place. */
  readonly keeps: readonly boolean[];
  /** The windows that those of all the cuts are made of. */
  readonly foldedBy: Grain;
}

export interface LiveFact {
  readonly source: FactSource;
  readonly model: Model;
  readonly clock: string;
  /** What is kept of the fact; a state is known by its place. */
  readonly states: readonly State[];
  readonly metrics: readonly LiveMetric[];
  readonly groups: readonly LiveGroup[];
  /** Changes whenever stored states would be read wrongly. */
  readonly layout: string;
}

export interface LiveCuts {
  readonly facts: readonly LiveFact[];
  findFact(model: string): LiveFact | undefined;
  findCut(name: string): { readonly fact: LiveFact; readonly cut: LiveCutPlan } | undefined;
}

/** The name of a cut, its dimensions in the order of the definitions. */
export function cutName(
  definitions: Definitions,
  model: string,
  every: string,
  by: readonly string[],
): string {
  const order = definitions.dimensions.map(({ name }) => name);
  const sorted = [...new Set(by)].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return `${model}/${every}/${sorted.join()}`;
}

/** What the definitions declare live. A declaration that cannot be kept is a bug and throws. */
export function planLiveCuts(catalogue: Catalogue, definitions: Definitions): LiveCuts {
  const models = new Set(
    definitions.metrics.filter(({ live }) => (live ?? []).length > 0).map(({ source }) => source.model),
  );
  const facts = [...models].map((model) => planFact(catalogue, definitions, model));
  const cuts = new Map(
    facts.flatMap((fact) =>
      fact.groups.flatMap((group) => group.cuts.map((cut) => [cut.name, { fact, cut }] as const)),
    ),
  );
  return {
    facts,
    findFact: (model) => facts.find((fact) => fact.model.name === model),
    findCut: (name) => cuts.get(name),
  };
}

function planFact(catalogue: Catalogue, definitions: Definitions, modelName: string): LiveFact {
  const live = definitions.metrics.filter(
    (metric) => metric.source.model === modelName && (metric.live ?? []).length > 0,
  );
  const { states: placed, formulas, facts } = planStates(definitions, live);
  const [source] = facts;
  if (!source || facts.length !== 1)
    throw new Error(`The live metrics of ${modelName} need states of several facts.`);
  if (source.clock === undefined)
    throw new Error(`${modelName} has no clock, so its metrics cannot be live.`);
  const model = catalogue.model(modelName);
  const states = placed.map(({ state }) => state);
  for (const state of states) checkState(model, state);
  const metrics = live.map((metric, place): LiveMetric => {
    const formula = formulas[place];
    if (!formula) throw new Error(`${metric.name} has no formula.`);
    return { metric, formula };
  });
  const groups = planGroups(catalogue, definitions, model, states, metrics);
  const layout = JSON.stringify([states, groups.flatMap(({ cuts }) => cuts.map(describeCut))]);
  return { source, model, clock: source.clock, states, metrics, groups, layout };
}

function describeCut({ name, keeps }: LiveCutPlan): string {
  return `${name} ${keeps.map(Number).join('')}`;
}

/** Rows of facts hold texts, numbers and nulls, so these are what conditions and members can be made of. */
function checkState(model: Model, state: State): void {
  const fields = [
    ...Object.keys(state.where ?? {}),
    ...(state.kind === 'distinct' ? state.fields : []),
  ].filter((field) => !['String', 'Enum', 'Int', 'BigInt'].includes(columnOf(model, field).type));
  if (fields.length > 0)
    throw new Error(`${model.name}.${fields[0]} is no text and no whole number, so it cannot be kept live.`);
}

/** The places of the states that a value follows from. */
export function placesOf(formula: Formula): number[] {
  return formula.kind === 'state'
    ? [formula.state]
    : [...placesOf(formula.numerator), ...placesOf(formula.denominator)];
}

function planGroups(
  catalogue: Catalogue,
  definitions: Definitions,
  model: Model,
  states: readonly State[],
  metrics: readonly LiveMetric[],
): LiveGroup[] {
  const declared = new Map<string, { every: Grain; by: readonly string[]; metrics: LiveMetric[] }>();
  for (const item of metrics) {
    for (const { every, by } of item.metric.live ?? []) {
      const name = cutName(definitions, model.name, every, by);
      const known = declared.get(name) ?? { every, by, metrics: [] };
      declared.set(name, { ...known, metrics: [...known.metrics, item] });
    }
  }
  const groups = new Map<string, LiveCutPlan[]>();
  for (const [name, cut] of declared) {
    const planned = planCut(catalogue, definitions, model, states, name, cut);
    const dimensions = planned.dimensions.map(({ definition }) => definition.name).join();
    groups.set(dimensions, [...(groups.get(dimensions) ?? []), planned]);
  }
  return [...groups.values()].map((cuts) => {
    const sorted = cuts.sort((a, b) => periodOrder(a.every) - periodOrder(b.every));
    return {
      dimensions: sorted[0]?.dimensions ?? [],
      cuts: sorted,
      keeps: states.map((_, place) => sorted.some((cut) => cut.keeps[place])),
      foldedBy: foldedBy(sorted.map(({ every }) => every)),
    };
  });
}

/** Longer windows are made of the shortest, except that months are not made of weeks. */
function foldedBy(wanted: readonly Grain[]): Grain {
  const finest = grains.find((grain) => wanted.includes(grain)) ?? 'ALL';
  const calendar = wanted.some((grain) => ['MONTH', 'QUARTER', 'YEAR'].includes(grain));
  return finest === 'WEEK' && calendar ? 'DAY' : finest;
}

function planCut(
  catalogue: Catalogue,
  definitions: Definitions,
  model: Model,
  states: readonly State[],
  name: string,
  { every, by, metrics }: { every: Grain; by: readonly string[]; metrics: readonly LiveMetric[] },
): LiveCutPlan {
  const kept = new Set(metrics.flatMap(({ formula }) => placesOf(formula)));
  const membersMax = new Map<number, number>();
  for (const { metric, formula } of metrics) {
    const max = metric.live?.find(
      (cut) => cutName(definitions, model.name, cut.every, cut.by) === name,
    )?.membersMax;
    for (const place of placesOf(formula)) {
      if (states[place]?.kind !== 'distinct' || max === undefined) continue;
      membersMax.set(place, Math.max(max, membersMax.get(place) ?? 0));
    }
  }
  const dimensions = definitions.dimensions
    .filter((dimension) => by.includes(dimension.name))
    .map((definition) => planDimension(catalogue, model, definition));
  if (dimensions.length !== new Set(by).size) throw new Error(`${name} names no dimension.`);
  return { name, every, dimensions, metrics, keeps: states.map((_, place) => kept.has(place)), membersMax };
}

function planDimension(catalogue: Catalogue, model: Model, definition: DimensionDefinition): LiveDimension {
  const grouping = groupingOf(catalogue, model, definition);
  if (grouping.kind === 'foreignKey') return { definition, grouping, field: grouping.relation.name };
  if (grouping.kind !== 'field')
    throw new Error(`${definition.name} does not stand on ${model.name} itself, so no cut is kept by it.`);
  return { definition, grouping, field: grouping.value.name };
}
