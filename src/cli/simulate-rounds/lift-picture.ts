// A picture of a simulation: lift by round with its interval above, regret below, as SVG for light and dark pages.

import { z } from 'zod';

const estimateShape = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});

/** What the picture needs of a report, as `simulate --rounds --json` prints it. */
export const drawnReport = z.object({
  setting: z.object({ seed: z.number(), customers: z.number(), frozen: z.boolean() }),
  rounds: z
    .array(
      z.object({
        round: z.number(),
        drifted: z.boolean(),
        lift: z.object({ difference: estimateShape }),
        regretShare: z.number().nullable(),
      }),
    )
    .min(1),
});

export type DrawnReport = z.output<typeof drawnReport>;

const size = {
  width: 760,
  left: 64,
  right: 20,
  lift: { top: 44, height: 190 },
  regret: { top: 292, height: 110 },
};
const height = 450;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #57606a; }
  .title { font-weight: 600; fill: #24292f; }
  .grid { stroke: #d0d7de; } .zero { stroke: #57606a; }
  .lift { stroke: #0969da; } .band { fill: #0969da; } .regret { stroke: #bc4c00; } .drift { stroke: #8250df; }
  .note { fill: #8250df; }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1; } .title { fill: #f0f6fc; }
    .grid { stroke: #3d444d; } .zero { stroke: #9198a1; }
    .lift { stroke: #4493f8; } .band { fill: #4493f8; } .regret { stroke: #db6d28; } .drift { stroke: #ab7df8; }
    .note { fill: #ab7df8; }
  }`;

/** Steps of 1, 2 or 5 times a power of ten, about four of them over the span. */
function stepOf(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span / 4));
  return power * ([1, 2, 5].find((times) => times * power * 5 >= span) ?? 10);
}

interface Panel {
  readonly top: number;
  readonly height: number;
  readonly least: number;
  readonly most: number;
}

const at = (coordinate: number) => coordinate.toFixed(1);
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function yOf({ top, height: tall, least, most }: Panel): (value: number) => number {
  return (value) => top + tall * (1 - (value - least) / (most - least));
}

function textAt(x: number, y: number, text: string, more = ''): string {
  return `<text x="${at(x)}" y="${at(y)}"${more}>${escaped(text)}</text>`;
}

/** Lines across, each with its number; that of 0 is stronger. */
function gridOf(panel: Panel, textOf: (value: number) => string): string {
  const y = yOf(panel);
  const step = stepOf(panel.most - panel.least);
  const lines: string[] = [];
  for (let count = Math.ceil(panel.least / step); count * step <= panel.most + 1e-9; count += 1) {
    const value = count * step;
    const kind = count === 0 ? 'zero' : 'grid';
    lines.push(
      `<line class="${kind}" x1="${size.left}" x2="${size.width - size.right}" y1="${at(y(value))}" y2="${at(y(value))}"/>`,
      textAt(size.left - 8, y(value) + 4, textOf(value), ' text-anchor="end"'),
    );
  }
  return lines.join('\n');
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line through the points, with a dot at each. */
function lineOf(kind: string, points: readonly Point[]): string {
  const path = points.map(({ x, y }) => `${at(x)},${at(y)}`).join(' ');
  const dots = points.map(
    ({ x, y }) => `<circle class="${kind}" cx="${at(x)}" cy="${at(y)}" r="2.5" fill="none"/>`,
  );
  return [`<polyline class="${kind}" points="${path}" fill="none" stroke-width="2"/>`, ...dots].join('\n');
}

/** The whole file, with its style inside. Rounds without a number, which nobody was shown anything in, are left out. */
export function drawLift({ setting, rounds }: DrawnReport): string {
  const xOf = (round: number) =>
    size.left + ((size.width - size.left - size.right) * (round - 0.5)) / rounds.length;
  const lifts = rounds.flatMap(({ round, lift: { difference } }) => {
    const { value, low, high } = difference;
    return value === null || low === null || high === null
      ? []
      : [{ x: xOf(round), value: 100 * value, low: 100 * low, high: 100 * high }];
  });
  const regrets = rounds.flatMap(({ round, regretShare }) =>
    regretShare === null ? [] : [{ x: xOf(round), value: 100 * regretShare }],
  );
  const liftPanel = {
    ...size.lift,
    least: Math.min(-1, ...lifts.map(({ low }) => low)),
    most: Math.max(1, ...lifts.map(({ high }) => high)),
  };
  const regretPanel = { ...size.regret, least: 0, most: Math.max(100, ...regrets.map(({ value }) => value)) };
  const [liftY, regretY] = [yOf(liftPanel), yOf(regretPanel)];
  const band = [
    ...lifts.map(({ x, high }) => `${at(x)},${at(liftY(high))}`),
    ...[...lifts].reverse().map(({ x, low }) => `${at(x)},${at(liftY(low))}`),
  ];
  const drift = rounds.find(({ drifted }) => drifted)?.round;
  const driftX = drift === undefined ? undefined : (xOf(drift) + xOf(drift - 1)) / 2;
  const bottom = size.regret.top + size.regret.height;
  const whose = `seed ${setting.seed}, ${setting.customers} customers${setting.frozen ? ', nothing learned' : ''}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" role="img" aria-label="Lift over the held-out customers and regret, by round (${whose})">
<style>${style}
</style>
${textAt(size.left, 24, `Lift over the held-out customers, in points of a percentage, with its 95 % interval`, ' class="title"')}
${gridOf(liftPanel, (value) => `${value > 0 ? '+' : ''}${Number(value.toFixed(6))}`)}
<polygon class="band" points="${band.join(' ')}" fill-opacity="0.18"/>
${lineOf(
  'lift',
  lifts.map(({ x, value }) => ({ x, y: liftY(value) })),
)}
${textAt(size.left, size.regret.top - 18, 'Regret, as a share of that of the best sellers for everybody', ' class="title"')}
${gridOf(regretPanel, (value) => `${Number(value.toFixed(6))} %`)}
${lineOf(
  'regret',
  regrets.map(({ x, value }) => ({ x, y: regretY(value) })),
)}
${
  driftX === undefined
    ? ''
    : `<line class="drift" x1="${at(driftX)}" x2="${at(driftX)}" y1="${size.lift.top}" y2="${bottom}" stroke-dasharray="4 4"/>
${textAt(driftX + 6, size.lift.top + 12, 'tastes drift', ' class="note"')}`
}
${rounds.map(({ round }) => textAt(xOf(round), bottom + 20, String(round), ' text-anchor="middle"')).join('\n')}
${textAt((size.left + size.width - size.right) / 2, bottom + 40, `round (${whose})`, ' text-anchor="middle"')}
</svg>
`;
}
