// What a learner is asked, checked: an example in numbers, or a customer who meets a product.

import { FlywheelError } from '../../core/errors.js';
import type { PredictItem } from './contract.js';
import type { Meeting } from './example.js';
import type { Known } from './knowledge.js';
import type { ReadyLearner } from './ready-learner.js';

export interface Question {
  readonly learner: ReadyLearner;
  /** Of whom and what it must be told what was known; undefined where the numbers are given. */
  readonly meeting: Meeting | undefined;
  /** The example as numbers, one per column, good until the next is made for the learner. */
  numbers(known: (meeting: Meeting) => Known): Float64Array;
}

/** `nowMs` is when a meeting takes place unless the item says when. Throws BAD_INPUT for what cannot be asked. */
export function questionOf(
  learners: ReadonlyMap<string, ReadyLearner>,
  { model, features, about }: PredictItem,
  nowMs: number,
): Question {
  const learner = learners.get(model);
  if (learner === undefined)
    throw bad(`There is no learner ${model}; there are ${[...learners.keys()].join(', ')}.`);
  if (about !== undefined) {
    if (features !== undefined)
      throw bad('`features` and `about` are two ways to say the same: give one of them.');
    return aboutMeeting(learner, about, nowMs);
  }
  if (features === undefined) throw bad(withoutExample(learner));
  if (features.length !== learner.columns.length)
    throw bad(`${model} reads ${numbersOf(learner)}, and ${features.length} were given.`);
  return { learner, meeting: undefined, numbers: () => Float64Array.from(features) };
}

function aboutMeeting(
  learner: ReadyLearner,
  { customer, product, at }: NonNullable<PredictItem['about']>,
  nowMs: number,
): Question {
  const { name, featuresOf } = learner.declaration;
  if (featuresOf === undefined)
    throw bad(
      `${name} reads nothing of customers and products, so \`about\` tells it nothing: give \`features\`, ${numbersOf(learner)}.`,
    );
  if (!customer || !product) {
    const missing = [...(customer ? [] : ['the customer']), ...(product ? [] : ['the product'])];
    throw bad(`${name} must know who meets what: \`about\` lacks the code of ${missing.join(' and of ')}.`);
  }
  const meeting = { customer, product, atMs: at === undefined ? nowMs : Date.parse(at) };
  return {
    learner,
    meeting,
    numbers: (known) => learner.vectorOf(featuresOf(meeting, known(meeting))),
  };
}

function withoutExample(learner: ReadyLearner): string {
  const { name, featuresOf } = learner.declaration;
  const about = featuresOf === undefined ? '' : '`about`, a customer and a product, or ';
  return `${name} must be told what to predict: give ${about}\`features\`, ${numbersOf(learner)}.`;
}

/** A sentence names no more columns than this. */
const shownMax = 8;

function numbersOf({ columns }: ReadyLearner): string {
  const shown = columns.slice(0, shownMax).join(', ');
  return `${columns.length} numbers (${shown}${columns.length > shownMax ? ', …' : ''})`;
}

function bad(message: string): FlywheelError {
  return new FlywheelError('BAD_INPUT', message);
}
