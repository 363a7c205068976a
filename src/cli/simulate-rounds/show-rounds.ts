// The rounds as lines for a person: the truth first, then a line a round, then what it all came to.

import type { LiftFigures, ShownEstimate } from '../../simulator/rounds/ledger.js';
import type { ReportedRound, RoundReport, ShownTruth } from '../../simulator/rounds/round-report.js';
import type { StockFigures } from '../../simulator/rounds/store-room.js';

const percent = (share: number | null, digits = 1) =>
  share === null ? '-' : `${(100 * share).toFixed(digits)} %`;

function truthLine(when: string, { floor, best, ratio }: ShownTruth): string {
  return `${when}: the best sellers for everybody are answered in ${percent(floor, 2)} of the slots, the best list for each in ${percent(best, 2)} (${ratio?.toFixed(2) ?? '-'} times)`;
}

/** What is fixed before anything is sent. */
export function truthLines(
  { before, after }: RoundReport['truth'],
  { seed, customers, products, frozen, categoriesKnown }: RoundReport['setting'],
  roundMs: number,
): readonly string[] {
  return [
    `Shop of seed ${seed}: ${customers} customers, ${products} products; a round takes ${(roundMs / 3_600_000).toFixed(1)} h of event time${frozen ? '; nothing is learned (--frozen)' : ''}.`,
    ...(categoriesKnown
      ? []
      : [
          'The gateway does not know the categories of the products, and learns more slowly; write them with --catalogue and load them first.',
        ]),
    truthLine('Before tastes drift', before),
    truthLine('After', after),
  ];
}

/** Points of a percentage, with their interval. */
function points({ value, low, high }: ShownEstimate): string {
  const text = (share: number | null) =>
    share === null ? '-' : `${share < 0 ? '' : '+'}${(100 * share).toFixed(2)}`;
  return `${text(value)} [${text(low)}, ${text(high)}]`;
}

function times({ value, low, high }: ShownEstimate): string {
  const text = (ratio: number | null) => (ratio === null ? '-' : ratio.toFixed(2));
  return `${text(value)} [${text(low)}, ${text(high)}]`;
}

const widths = [5, 8, 9, 11, 22, 22, 19, 8, 7] as const;
const rowOf = (cells: readonly string[]) =>
  cells
    .map((cell, place) => cell.padEnd(widths[place] ?? 0))
    .join('  ')
    .trimEnd();

/** The heads of `roundLine`. Lift is in points of a percentage, with its 95 % interval. */
export const roundHeads = rowOf([
  'round',
  'held out',
  'champion',
  'challenger',
  'lift of the round',
  'lift so far',
  'times so far',
  'regret',
  'share',
]);

export function roundLine(round: ReportedRound): string {
  const { arms, lift, liftSoFar, regret, regretShare, undecided, degraded } = round;
  const notes = [
    ...(undecided > 0 ? [`${undecided} lists without a decision`] : []),
    ...(degraded > 0 ? [`${degraded} lists degraded`] : []),
  ];
  const row = rowOf([
    `${round.round}${round.drifted ? '*' : ''}`,
    percent(arms.HOLDOUT.rate, 2),
    percent(arms.CHAMPION.rate, 2),
    percent(arms.CHALLENGER.rate, 2),
    points(lift.difference),
    points(liftSoFar.difference),
    times(liftSoFar.ratio),
    percent(regret, 2),
    percent(regretShare, 0),
  ]);
  return notes.length === 0 ? row : `${row}  (${notes.join(', ')})`;
}

function liftLine({ difference, ratio }: LiftFigures): string {
  return `Lift over the held out, all rounds: ${points(difference)} points of a percentage, ${times(ratio)} times.`;
}

function stockLine(whose: string, { unitsMissed, stockOuts, unitsMean, orders, cost }: StockFigures): string {
  return `${whose}: ${stockOuts} stock-outs at the end of a day, ${unitsMissed} units missed, ${unitsMean.toFixed(0)} units in stock on average, ${orders} orders, cost ${cost.toFixed(2)}`;
}

export function endLines({ lift, stock }: RoundReport): readonly string[] {
  return [
    '* after the drift. Regret: the rate of the best list less that of the shown one, for the treated; share: of the regret of the best sellers.',
    ...(lift === null ? [] : [liftLine(lift)]),
    stockLine("Stock by the gateway's advice", stock.gateway),
    stockLine('Stock by a fixed rule', stock.fixedRule),
  ];
}
