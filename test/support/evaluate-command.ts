// Runs `flywheel evaluate` in this process, as a person would type it.

import { Command } from 'commander';
import { vi } from 'vitest';
import { registerEvaluate } from '../../src/cli/evaluate/evaluate.js';

/** What the command printed, line by line; rejects with what it complained of. */
export async function runEvaluate(...words: readonly string[]): Promise<string[]> {
  let complaint = '';
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => {
    printed.push(line);
  });
  const program = new Command('flywheel');
  registerEvaluate(program);
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  for (const command of all(program)) {
    command.exitOverride().configureOutput({
      writeErr: (text) => {
        complaint += text;
      },
    });
  }
  try {
    await program.parseAsync(['evaluate', ...words], { from: 'user' });
    return printed;
  } catch (error) {
    throw complaint === '' ? error : new Error(complaint);
  } finally {
    log.mockRestore();
  }
}
