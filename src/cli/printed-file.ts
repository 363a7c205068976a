// Files of the repository that are printed from the code: shown, written, or compared with it.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { FlywheelError } from '../core/errors.js';
import { projectRoot } from '../core/project-root.js';

export interface PrintedFile {
  /** Within the project. */
  readonly path: string;
  readonly text: string;
  /** What the text is printed from. */
  readonly source: string;
}

export interface PrintArguments {
  readonly check?: boolean;
  readonly write?: boolean;
}

/** The options of a command that prints `files`. */
export function addPrintOptions(command: Command, files: string): Command {
  return command
    .option('--write', `write to ${files} instead`)
    .option('--check', `say whether ${files} agrees`);
}

/** Prints the files to stdout unless told otherwise. Rejects with CONFLICT when one is checked that does not agree. */
export async function printFiles(
  command: string,
  files: readonly PrintedFile[],
  { check = false, write = false }: PrintArguments,
): Promise<void> {
  for (const { path, text, source } of files) {
    const file = join(projectRoot, path);
    if (write) await writeFile(file, text);
    else if (!check) process.stdout.write(text);
    else if ((await readFile(file, 'utf8').catch(() => '')) === text) {
      console.log(`${path} agrees with ${source}.`);
    } else {
      throw new FlywheelError(
        'CONFLICT',
        `${path} is not ${source} as it is now; write it with: npm run flywheel -- ${command} --write`,
      );
    }
  }
}
