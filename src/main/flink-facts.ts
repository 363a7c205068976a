// Which windows Flink keeps by the settings, and the topics by which it is given their facts.

import type { Config } from '../config.js';
import { definitions } from '../metrics/definitions.js';
import { type FlinkFact, planFlinkFacts } from '../metrics/flink-facts.js';
import { planLiveCuts } from '../metrics/live-cuts.js';
import { catalogue } from '../warehouse/catalogue.js';

/** The facts whose windows Flink keeps; none without Flink. BAD_INPUT for windows that it cannot keep. */
export function factsOfFlink({ flink }: Pick<Config, 'flink'>): readonly FlinkFact[] {
  return flink === undefined ? [] : planFlinkFacts(planLiveCuts(catalogue, definitions));
}

/** The topic of the rows of a fact. */
export function factsTopic({ topics }: Pick<Config, 'topics'>, fact: string): string {
  return `${topics.facts}.${fact.toLowerCase()}`;
}
