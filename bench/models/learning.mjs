// Examples a second of learners that see each example once: beside River, and beside a loop that does nothing else.
import { dist } from '../lib/places.mjs';
import { median, pairedRatio } from '../lib/statistics.mjs';
import { processorTime, ratioText, sideBySide } from './side-by-side.mjs';

const part = 'online learning';
const examples = 50_000;
const features = 8;
/** Passes of ours in one measurement: one is over in a few milliseconds. */
const times = 20;
const riverLeast = 20;
const loopLeast = 0.5;
const trueWeights = [0.5, -1, 2, 0, 0.25, -0.75, 1.5, -0.1];

/** Outcomes that are a line of the features and some noise, or 1 where that is above 0. */
async function makeStream() {
  const { createRandom } = await import(dist('core/random.js'));
  const { drawNormal } = await import(dist('math/random-variates.js'));
  const random = createRandom('stream');
  const flat = Float64Array.from({ length: examples * features }, () => drawNormal(random, 0, 1));
  const rows = Array.from({ length: examples }, (_, at) => flat.subarray(at * features, (at + 1) * features));
  const lines = Float64Array.from(rows, (row) =>
    row.reduce((sum, value, column) => sum + value * trueWeights[column], drawNormal(random, 0, 0.1)),
  );
  return { flat, rows, squared: lines.map((line) => line + 1), log: lines.map((line) => Number(line > 0)) };
}

/**
 * scikit-learn's rule with its defaults and nothing around it: no checks, no choice of loss or step, no state to save.
 * @param {Float64Array} flat @param {Float64Array} outcomes
 */
function bareSquared(flat, outcomes) {
  const weights = new Float64Array(features);
  let intercept = 0;
  for (let at = 0; at < outcomes.length; at += 1) {
    const start = at * features;
    let score = intercept;
    for (let j = 0; j < features; j += 1) score += weights[j] * flat[start + j];
    const eta = 0.01 / Math.sqrt(Math.sqrt(at + 1));
    const update = -eta * (score - outcomes[at]);
    const shrink = 1 - eta * 1e-4;
    for (let j = 0; j < features; j += 1) weights[j] = weights[j] * shrink + update * flat[start + j];
    intercept += update;
  }
  return intercept;
}

/** The same with the logistic loss. @param {Float64Array} flat @param {Float64Array} outcomes */
function bareLog(flat, outcomes) {
  const weights = new Float64Array(features);
  let intercept = 0;
  for (let at = 0; at < outcomes.length; at += 1) {
    const start = at * features;
    let score = intercept;
    for (let j = 0; j < features; j += 1) score += weights[j] * flat[start + j];
    const eta = 0.01 / Math.sqrt(Math.sqrt(at + 1));
    const update = -eta * (1 / (1 + Math.exp(-score)) - outcomes[at]);
    const shrink = 1 - eta * 1e-4;
    for (let j = 0; j < features; j += 1) weights[j] = weights[j] * shrink + update * flat[start + j];
    intercept += update;
  }
  return intercept;
}

/** @param {number} seconds for all examples */
const rate = (seconds) => `${Math.round(examples / seconds / 1000).toLocaleString('en-US')} k/s`;

/**
 * @param {string} what @param {number} ours seconds @param {number} theirs seconds
 * @param {{ median: number, least: number, most: number }} ratio of examples a second
 * @param {number} least
 * @returns {import('./side-by-side.mjs').Row}
 */
function rateRow(what, ours, theirs, ratio, least) {
  const digits = least < 1 ? 2 : 0;
  return {
    part,
    what,
    ours: rate(ours),
    peer: rate(theirs),
    ratio: `${ratioText(ratio, digits)} ×`,
    limit: `≥ ${least} ×`,
    passes: ratio.median >= least,
  };
}

/** @param {() => number} work @param {number} count */
function repeat(work, count) {
  let last = work();
  for (let time = 1; time < count; time += 1) last = work();
  return last;
}

/**
 * Ours and a bare loop in turn. @param {string} what @param {() => number} ours @param {() => number} bare
 * @param {number} rounds
 */
function besideLoop(what, ours, bare, rounds) {
  const [a, b] = [repeat(ours, times), repeat(bare, times)];
  if (Math.abs(a - b) > 1e-9)
    throw new Error(`${what}: the intercepts are ${a} and ${b}: not the same rule.`);
  /** @type {number[]} */
  const ourSeconds = [];
  /** @type {number[]} */
  const bareSeconds = [];
  for (let round = 0; round < rounds; round += 1) {
    ourSeconds.push(processorTime(() => repeat(ours, times)).seconds / times);
    bareSeconds.push(processorTime(() => repeat(bare, times)).seconds / times);
  }
  const ratio = pairedRatio(bareSeconds, ourSeconds);
  return rateRow(what, median(ourSeconds), median(bareSeconds), ratio, loopLeast);
}

/** @param {import('./run.mjs').Place} place */
export async function measureLearning({ peer, rounds }) {
  const { Sgd, interceptAt, sgdDefaults, sgdLength } = await import(dist('math/online/sgd.js'));
  const { Learner } = await import(dist('math/online/learner.js'));
  const { flat, rows, ...outcomes } = await makeStream();
  /** @type {import('./side-by-side.mjs').Row[]} */
  const table = [];
  for (const loss of /** @type {const} */ (['squared', 'log'])) {
    const ours = () => {
      const memory = new Float64Array(sgdLength(features));
      const model = new Sgd({ ...sgdDefaults, loss }, memory);
      for (let at = 0; at < rows.length; at += 1) model.learn(rows[at], outcomes[loss][at]);
      return memory[interceptAt];
    };
    const title = loss === 'squared' ? 'linear regression' : 'logistic regression';
    const bare = loss === 'squared' ? bareSquared : bareLog;
    table.push(besideLoop(`${title}; a bare loop`, ours, () => bare(flat, outcomes[loss]), rounds));
    if (peer === undefined) continue;
    const input = { features, x: [...flat], y: [...outcomes[loss]], loss };
    const compared = await sideBySide({ peer, job: 'river_rule', input, ours, rounds, times });
    table.push(
      rateRow(`${title}; River`, compared.ours, compared.theirs, inverse(compared.ratio), riverLeast),
    );
  }
  if (peer === undefined) return table;
  const whole = () => {
    const learner = new Learner({ task: 'regression', features, scaledColumns: [...trueWeights.keys()] });
    for (let at = 0; at < rows.length; at += 1) learner.learn(rows[at], outcomes.squared[at]);
    return learner.report().score;
  };
  const input = { features, x: [...flat], y: [...outcomes.squared] };
  const compared = await sideBySide({ peer, job: 'river_learner', input, ours: whole, rounds, times: 5 });
  const what = 'scaled, scored and watched for drift; River';
  table.push(rateRow(what, compared.ours, compared.theirs, inverse(compared.ratio), riverLeast));
  return table;
}

/** Of time to that of speed. @param {{ median: number, least: number, most: number }} ratio */
function inverse({ median: middle, least, most }) {
  return { median: 1 / middle, least: 1 / most, most: 1 / least };
}
