import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerDrawLift } from '../../../src/cli/draw-lift.js';
import { type DrawnReport, drawLift } from '../../../src/cli/simulate-rounds/lift-picture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flywheel-draw-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const report: DrawnReport = {
  setting: { seed: 3, customers: 600, frozen: false },
  rounds: [1, 2, 3, 4].map((round) => ({
    round,
    drifted: round > 2,
    lift: { difference: { value: 0.01 * round, low: 0.01 * round - 0.02, high: 0.01 * round + 0.02 } },
    regretShare: 1 / round,
  })),
};

/** The places of a line's points, from left to right. */
function pointsOf(svg: string, kind: string): readonly (readonly [number, number])[] {
  const [, text = ''] = new RegExp(`<(?:polyline|polygon) class="${kind}" points="([^"]*)"`).exec(svg) ?? [];
  return text.split(' ').map((point) => {
    const [x = Number.NaN, y = Number.NaN] = point.split(',').map(Number);
    return [x, y];
  });
}

async function draw(text: string): Promise<string> {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const [file, out] = [join(folder, 'report.json'), join(folder, 'lift.svg')];
  await writeFile(file, text);
  const program = new Command('flywheel');
  registerDrawLift(program);
  await program.parseAsync(['draw-lift', file, '--out', out], { from: 'user' });
  return readFile(out, 'utf8');
}

describe('the picture of the lift', () => {
  it('rises with the lift, within its interval, and falls with the regret', () => {
    const svg = drawLift(report);
    const lift = pointsOf(svg, 'lift');
    const band = pointsOf(svg, 'band');
    const regret = pointsOf(svg, 'regret');
    expect([lift.length, band.length, regret.length]).toEqual([4, 8, 4]);
    for (const [place, [x, y]] of lift.entries()) {
      const [previousX, previousY] = lift[place - 1] ?? [0, Number.POSITIVE_INFINITY];
      expect(x).toBeGreaterThan(previousX);
      expect(y).toBeLessThan(previousY);
      const [highX, highY] = band[place] ?? [];
      const [, lowY] = band[7 - place] ?? [];
      expect(highX).toBe(x);
      expect(highY).toBeLessThan(y);
      expect(lowY).toBeGreaterThan(y);
    }
    expect(regret.map(([, y]) => y)).toEqual(regret.map(([, y]) => y).sort((a, b) => a - b));
    expect(svg).toContain('tastes drift');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('leaves out rounds without a number', () => {
    const [first, ...others] = report.rounds;
    const nothing = { difference: { value: null, low: null, high: null } };
    const rounds = [
      ...(first === undefined ? [] : [{ ...first, lift: nothing, regretShare: null }]),
      ...others,
    ];
    const svg = drawLift({ ...report, rounds });
    expect(pointsOf(svg, 'lift')).toHaveLength(3);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('flywheel draw-lift', () => {
  it('draws what was printed, also with the lines of npm before it', async () => {
    expect(await draw(JSON.stringify(report))).toBe(drawLift(report));
    expect(await draw(`> flywheel\n> node launch\n\n${JSON.stringify(report)}\n`)).toBe(drawLift(report));
  });

  it('says what a report is', async () => {
    await expect(draw('{"rounds":[]}')).rejects.toThrow(
      /is no report of rounds; make one with: npm run flywheel -- simulate --rounds/,
    );
    await expect(draw('nothing')).rejects.toThrow(/is no report of rounds/);
  });
});
