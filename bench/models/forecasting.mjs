// AUTO over two hundred weekly series: time beside AutoETS, and errors beside every single method of both.
import { readFile } from 'node:fs/promises';
import { dist } from '../lib/places.mjs';
import { sharedFile } from './shared-data.mjs';
import { sideBySide, timeRow } from './side-by-side.mjs';

const part = 'forecasting';
const horizon = 8;
const level = 0.8;
/** Weeks that are known where a forecast is made: the last is that of the reference. */
const origins = [31, 35, 39, 43];
const smapeMost = 64.3;
const maseMost = 1.13;
const coverageFrom = 0.75;
const coverageTo = 0.85;

/** @typedef {{ smape: number, mase: number, coverage: number }} Accuracy */
/** @typedef {{ name: string, accuracies: Accuracy[] }} Scored one accuracy per origin */

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The least of one figure, averaged over origins. @param {Scored[]} all @param {'smape' | 'mase'} figure */
function best(all, figure) {
  const means = all.map(({ name, accuracies }) => ({
    name,
    value: mean(accuracies.map((accuracy) => accuracy[figure])),
  }));
  return means.reduce((least, each) => (each.value < least.value ? each : least));
}

/** @param {Scored} auto @param {Scored[]} singles @returns {import('./side-by-side.mjs').Row[]} */
function errorRows(auto, singles) {
  const [own, last] = [auto.accuracies, auto.accuracies[auto.accuracies.length - 1]];
  const atLast = singles.map(({ name, accuracies }) => ({ name, accuracies: accuracies.slice(-1) }));
  /** @param {string} what @param {'smape' | 'mase'} figure @param {number} ours @param {Scored[]} others @param {number} [most] */
  const row = (what, figure, ours, others, most) => {
    const single = best(others, figure);
    const digits = figure === 'smape' ? 2 : 4;
    return {
      part,
      what,
      ours: ours.toFixed(digits),
      peer: `${single.value.toFixed(digits)} (${single.name})`,
      ratio: (ours / single.value).toFixed(4),
      limit: most === undefined ? '≤ best single' : `≤ ${most}`,
      passes: ours <= (most ?? single.value),
    };
  };
  return [
    row('sMAPE at the last origin; best single method', 'smape', last.smape, atLast, smapeMost),
    row('MASE at the last origin; best single method', 'mase', last.mase, atLast, maseMost),
    row('sMAPE over four origins', 'smape', mean(own.map(({ smape }) => smape)), singles),
    row('MASE over four origins', 'mase', mean(own.map(({ mase }) => mase)), singles),
    {
      part,
      what: 'share that 80 % intervals hold, at each origin',
      ours: own.map(({ coverage }) => coverage.toFixed(3)).join(' '),
      limit: `${coverageFrom}–${coverageTo}`,
      passes: own.every(({ coverage }) => coverage >= coverageFrom && coverage <= coverageTo),
    },
  ];
}

/** @param {import('./run.mjs').Place} place */
export async function measureForecasting({ peer, rounds }) {
  const { forecastMany } = await import(dist('math/forecast/forecast-series.js'));
  const { forecastMethods } = await import(dist('math/forecast/methods.js'));
  const { scoreSeries, summariseScores } = await import(dist('math/forecast/accuracy.js'));
  /** @type {{ units: number[][] }} */
  const { units } = JSON.parse(await readFile(sharedFile('reference/weekly_units.json'), 'utf8'));
  /** @param {number} known */
  const trainsAt = (known) => units.map((weeks) => Float64Array.from(weeks.slice(0, known)));
  /** @param {Float64Array[]} trains @param {string} method */
  const forecast = (trains, method) =>
    forecastMany(trains, { horizon, period: 1, levels: [level], method, gaps: 'zero' });

  /** @param {number} known @param {{ mean: ArrayLike<number>, lower?: ArrayLike<number>, upper?: ArrayLike<number> }[]} forecasts */
  const score = (known, forecasts) =>
    summariseScores(
      trainsAt(known).map((train, at) => {
        const actual = Float64Array.from(units[at].slice(known, known + horizon));
        const { mean: points, lower = points, upper = points } = forecasts[at];
        return scoreSeries(train, actual, { mean: points, lower, upper }, level, 1);
      }),
    );
  /** @param {string} method @returns {Scored} */
  const scoreMethod = (method) => ({
    name: method,
    accuracies: origins.map((known) => {
      /** @type {{ mean: Float64Array, intervals: { lower: Float64Array, upper: Float64Array }[] }[]} */
      const forecasts = forecast(trainsAt(known), method);
      return score(
        known,
        forecasts.map(({ mean: points, intervals: [interval] }) => ({ mean: points, ...interval })),
      );
    }),
  });
  /** @type {Scored[]} */
  const singles = forecastMethods.map(scoreMethod);
  /** @type {import('./side-by-side.mjs').Row[]} */
  const table = [];
  if (peer !== undefined) {
    const trains = trainsAt(origins[origins.length - 1]);
    const input = { series: trains.map((values) => [...values]), horizon };
    const ours = () => forecast(trains, 'auto');
    const compared = await sideBySide({ peer, job: 'auto_ets', input, ours, rounds });
    table.push(timeRow(part, `AUTO, ${units.length} series of weeks; AutoETS`, compared, 1));
    singles.push(...(await scorePeer(peer, trainsAt, score)));
  }
  return [...table, ...errorRows(scoreMethod('auto'), singles)];
}

/**
 * The single methods of statsforecast at every origin.
 * @param {import('./python.mjs').Peer} peer
 * @param {(known: number) => Float64Array[]} trainsAt
 * @param {(known: number, forecasts: { mean: number[] }[]) => Accuracy} score
 * @returns {Promise<Scored[]>}
 */
async function scorePeer(peer, trainsAt, score) {
  /** @type {Map<string, Accuracy[]>} */
  const all = new Map();
  for (const known of origins) {
    const series = trainsAt(known).map((values) => [...values]);
    await peer.prepare('single_forecasts', { series, horizon });
    /** @type {Record<string, number[][]>} */
    const forecasts = (await peer.run()).result;
    for (const [name, points] of Object.entries(forecasts)) {
      const accuracy = score(
        known,
        points.map((each) => ({ mean: each })),
      );
      all.set(name, [...(all.get(name) ?? []), accuracy]);
    }
  }
  return [...all].map(([name, accuracies]) => ({ name: `statsforecast's ${name}`, accuracies }));
}
