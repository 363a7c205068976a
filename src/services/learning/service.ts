// Answers the methods of learning from what learners know at the moment.

import { FlywheelError } from '../../core/errors.js';
import type { LearnerReport } from '../../math/online/learner.js';
import { readStates } from '../../warehouse/learner-states.js';
import { checkItems } from '../host/check-items.js';
import type { Handler, WorkshopDeps } from '../host/workshop-contract.js';
import { type LearnerSummary, learningMethods, type Prediction } from './contract.js';
import { readKnownOfMeetings } from './known-of-meetings.js';
import type { LearnerDeclaration } from './learners.js';
import { questionOf } from './question.js';
import { type ReadyLearner, readyLearner } from './ready-learner.js';
import { scoresOf, scoringLearner } from './score.js';

/**
 * Every call reads the states of the learners, so that it answers from the newest that was learned. `model` of a reply
 * names the learners that answered, such as `learning/line@1`.
 */
export function createLearningHandler(
  declarations: readonly LearnerDeclaration[],
  { database }: WorkshopDeps,
): Handler {
  const ready = declarations.map(readyLearner);
  const byName = new Map(ready.map((learner) => [learner.key.learner, learner]));
  return async (method, items, { signal }) => {
    switch (method) {
      case 'predict': {
        const nowMs = Date.now();
        const asked = checkItems(learningMethods.predict, items).map((item) =>
          questionOf(byName, item, nowMs),
        );
        const meetings = asked.flatMap(({ meeting }) => meeting ?? []);
        const [memoryOf, known] = await Promise.all([
          readMemories({ database }),
          readKnownOfMeetings(database, meetings, signal),
        ]);
        const results = asked.map(({ learner, numbers }) =>
          predict(learner, memoryOf(learner), numbers(known)),
        );
        return { model: nameOf(asked.map(({ learner }) => learner)), results };
      }
      case 'score': {
        const asked = checkItems(learningMethods.score, items).map((item) => ({
          item,
          scoring: scoringLearner(byName, item.model),
        }));
        const memoryOf = await readMemories({ database });
        const results = scoresOf(asked, memoryOf);
        return { model: nameOf(asked.map(({ scoring }) => scoring.learner)), results };
      }
      case 'learners': {
        checkItems(learningMethods.learners, items);
        const memoryOf = await readMemories({ database });
        const list = ready.map((learner) => summaryOf(learner, memoryOf(learner)));
        return { model: nameOf(ready), results: items.map(() => list) };
      }
      default: {
        const names = Object.keys(learningMethods).join(', ');
        throw new FlywheelError('BAD_INPUT', `There is no method ${method}; learning has ${names}.`);
      }
    }
  };
}

type MemoryOf = (learner: ReadyLearner) => Float64Array;

/** What each learner knows; zeros for one that has learned nothing yet. */
async function readMemories({ database }: WorkshopDeps): Promise<MemoryOf> {
  const states = await readStates(database);
  return ({ key, memoryLength }) =>
    states.find(({ learner, version }) => learner === key.learner && version === key.version)?.memory ??
    new Float64Array(memoryLength);
}

/** Null where no number comes out, since what it knows is damaged: whoever is asked beside it answers all the same. */
function predict(learner: ReadyLearner, memory: Float64Array, numbers: Float64Array): Prediction | null {
  const rule = learner.over(memory);
  const prediction = rule.predict(numbers);
  const { examples } = rule.report().score;
  return Number.isFinite(prediction) && Number.isSafeInteger(examples) ? { prediction, examples } : null;
}

function nameOf(learners: readonly ReadyLearner[]): string {
  const names = new Set(learners.map(({ key }) => `${key.learner}@${key.version}`));
  return `learning/${[...names].join('+')}`;
}

type Standing = Pick<LearnerSummary, 'score' | 'drifts' | 'lastDrift'>;

function summaryOf(learner: ReadyLearner, memory: Float64Array): LearnerSummary {
  const { name, version, description, task, topic } = learner.declaration;
  const columns = [...learner.columns];
  return { name, version, description, task, topic, columns, ...standingOf(learner, memory) };
}

/** Without a score where the memory is damaged, so that the other learners can be told of all the same. */
function standingOf({ memoryLength, over }: ReadyLearner, memory: Float64Array): Standing {
  const unknown = { score: null, drifts: 0, lastDrift: null };
  if (memory.length !== memoryLength) return unknown;
  const { score: figures, drifts, lastDrift } = over(memory).report();
  const score = scoreOf(figures);
  const isWell =
    [score.loss, score.baselineLoss].every(Number.isFinite) &&
    [score.examples, drifts, lastDrift].every(Number.isSafeInteger);
  return isWell ? { score, drifts, lastDrift: lastDrift === 0 ? null : lastDrift } : unknown;
}

function scoreOf(score: LearnerReport['score']): NonNullable<LearnerSummary['score']> {
  const { examples } = score;
  if (score.task === 'regression') {
    const { meanAbsoluteError, baselineMeanAbsoluteError } = score;
    return { examples, loss: meanAbsoluteError, baselineLoss: baselineMeanAbsoluteError, accuracy: null };
  }
  return { examples, loss: score.logLoss, baselineLoss: score.baselineLogLoss, accuracy: score.accuracy };
}
