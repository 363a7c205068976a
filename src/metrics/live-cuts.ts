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

/** What the rows of one model give to a live fact. */
export interface LivePart {
  readonly source: FactSource;
  readonly model: Model;
  /** All states of the live fact, so that places are the same in every part. */
  readonly states: readonly State[];
  /** The cuts that some rows of the model count in, keeping the states that these give to. */
  readonly groups: readonly LiveGroup[];
}

/**
 * The live metrics of a model, with what is kept for them. Mostly it is kept of the rows of that model alone; a ratio
 * whose divisor counts rows of another model brings that model in as a further part, and both meet in the same windows.
 */
export interface LiveFact {
  /** The model of its metrics, which stands in the names of its cuts. */
  readonly name: string;
  readonly clock: string;
  /** What is kept; a state is known by its place. */
  readonly states: readonly State[];
  readonly metrics: readonly LiveMetric[];
  readonly groups: readonly LiveGroup[];
  /** Its own model first. */
  readonly parts: readonly [LivePart, ...LivePart[]];
  /** Changes whenever stored states would be read wrongly. */
  readonly layout: string;
}

export interface LiveCuts {
  readonly facts: readonly LiveFact[];
  /** The live facts that rows of the model give to. */
  factsOf(model: string): readonly LiveFact[];
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
    factsOf: (model) => facts.filter(({ parts }) => parts.some((part) => part.model.name === model)),
    findCut: (name) => cuts.get(name),
  };
}

function planFact(catalogue: Catalogue, definitions: Definitions, name: string): LiveFact {
  const live = definitions.metrics.filter(
    (metric) => metric.source.model === name && (metric.live ?? []).length > 0,
  );
  const { states: placed, formulas, facts } = planStates(definitions, live);
  const clock = clockOf(name, facts);
  const states = placed.map(({ state }) => state);
  const metrics = live.map((metric, place): LiveMetric => {
    const formula = formulas[place];
    if (!formula) throw new Error(`${metric.name} has no formula.`);
    return { metric, formula };
  });
  const partOf = (source: FactSource): LivePart => {
    const model = catalogue.model(source.model);
    const isGiven = placed.map(({ fact }) => fact.model === source.model && fact.time === source.time);
    for (const state of states.filter((_, place) => isGiven[place])) checkState(model, state);
    const groups = planGroups({ catalogue, definitions, name, model, states, isGiven, metrics });
    return { source, model, states, groups };
  };
  const [own, ...others] = facts.map(partOf);
  if (own === undefined) throw new Error(`The live metrics of ${name} need no states.`);
  const isGiven = placed.map(() => true);
  const groups = planGroups({ catalogue, definitions, name, model: own.model, states, isGiven, metrics });
  const mixed = others.length === 0 ? [] : [placed.map(({ fact }) => fact.model)];
  const layout = JSON.stringify([states, groups.flatMap(({ cuts }) => cuts.map(describeCut)), ...mixed]);
  return { name, clock, states, metrics, groups, parts: [own, ...others], layout };
}

/** The clock that all facts follow. */
function clockOf(name: string, facts: readonly FactSource[]): string {
  for (const { model, clock } of facts) {
    if (clock === undefined) throw new Error(`${model} has no clock, so its metrics cannot be live.`);
  }
  const [clock, ...others] = new Set(facts.flatMap((fact) => fact.clock ?? []));
  if (clock === undefined || others.length > 0)
    throw new Error(`The live metrics of ${name} need states of facts that follow different clocks.`);
  return clock;
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

/** What the cuts of a live fact are planned from, as the rows of one model are folded into them. */
interface CutsRequest {
  readonly catalogue: Catalogue;
  readonly definitions: Definitions;
  /** The name of the live fact. */
  readonly name: string;
  readonly model: Model;
  readonly states: readonly State[];
  /** Whether the model's rows give to the state, by its place. */
  readonly isGiven: readonly boolean[];
  readonly metrics: readonly LiveMetric[];
}

interface DeclaredCut {
  readonly name: string;
  readonly every: Grain;
  readonly by: readonly string[];
  readonly metrics: readonly LiveMetric[];
}

function planGroups(request: CutsRequest): LiveGroup[] {
  const { definitions, name: fact, metrics, isGiven } = request;
  const declared = new Map<string, DeclaredCut>();
  for (const item of metrics) {
    for (const { every, by } of item.metric.live ?? []) {
      const name = cutName(definitions, fact, every, by);
      const known = declared.get(name) ?? { name, every, by, metrics: [] };
      declared.set(name, { ...known, metrics: [...known.metrics, item] });
    }
  }
  const groups = new Map<string, LiveCutPlan[]>();
  for (const cut of declared.values()) {
    const kept = new Set(cut.metrics.flatMap(({ formula }) => placesOf(formula)));
    const keeps = isGiven.map((given, place) => given && kept.has(place));
    if (!keeps.includes(true)) continue;
    const planned = planCut(request, cut, keeps);
    const dimensions = planned.dimensions.map(({ definition }) => definition.name).join();
    groups.set(dimensions, [...(groups.get(dimensions) ?? []), planned]);
  }
  return [...groups.values()].map((cuts) => {
    const sorted = cuts.sort((a, b) => periodOrder(a.every) - periodOrder(b.every));
    return {
      dimensions: sorted[0]?.dimensions ?? [],
      cuts: sorted,
      keeps: isGiven.map((_, place) => sorted.some((cut) => cut.keeps[place])),
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
  { catalogue, definitions, name: fact, model, states }: CutsRequest,
  { name, every, by, metrics }: DeclaredCut,
  keeps: readonly boolean[],
): LiveCutPlan {
  const membersMax = new Map<number, number>();
  for (const { metric, formula } of metrics) {
    const max = metric.live?.find(
      (cut) => cutName(definitions, fact, cut.every, cut.by) === name,
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
  return { name, every, dimensions, metrics, keeps, membersMax };
}

function planDimension(catalogue: Catalogue, model: Model, definition: DimensionDefinition): LiveDimension {
  const grouping = groupingOf(catalogue, model, definition);
  if (grouping.kind === 'foreignKey') return { definition, grouping, field: grouping.relation.name };
  if (grouping.kind !== 'field')
    throw new Error(`${definition.name} does not stand on ${model.name} itself, so no cut is kept by it.`);
  return { definition, grouping, field: grouping.value.name };
}
