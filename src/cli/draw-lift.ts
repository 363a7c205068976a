// `flywheel draw-lift`: the JSON of `simulate --rounds` as a picture.

import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FlywheelError } from '../core/errors.js';
import { parsedJson } from '../core/parsed-json.js';
import { drawLift, drawnReport } from './simulate-rounds/lift-picture.js';

async function draw(file: string, { out }: { readonly out: string }): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new FlywheelError('NOT_FOUND', `The file ${file} cannot be read; give one that exists.`, {
      cause: error,
    });
  });
  // What npm prints before the document, when its output goes into the same file, is passed over.
  const read = drawnReport.safeParse(parsedJson(text.slice(Math.max(0, text.indexOf('{')))));
  if (!read.success)
    throw new FlywheelError(
      'BAD_INPUT',
      `${file} is no report of rounds; make one with: npm run flywheel -- simulate --rounds 20 --json > ${file}`,
    );
  await writeFile(out, drawLift(read.data));
  console.log(`${out}: lift of ${read.data.rounds.length} rounds`);
}

/** Adds the command `draw-lift` to the program. Rejects with NOT_FOUND or BAD_INPUT for a file that is no report. */
export function registerDrawLift(program: Command): void {
  program
    .command('draw-lift')
    .description(
      'draw the lift and the regret of a simulation by round, as an SVG that reads on light and dark pages',
    )
    .argument('<file>', 'what `simulate --rounds N --json` printed')
    .requiredOption('--out <file>', 'where the picture goes')
    .action(draw);
}
