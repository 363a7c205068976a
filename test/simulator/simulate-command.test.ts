import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerSimulate } from '../../src/cli/simulate.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flywheel-simulate-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

/** Runs the command; what it printed, and what it complained of. */
async function run(...words: string[]): Promise<{ printed: string; complaint: string }> {
  let complaint = '';
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    printed.push(line);
  });
  const program = new Command('flywheel');
  registerSimulate(program);
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeErr: (text) => {
        complaint += text;
      },
    });
  }
  await program.parseAsync(['simulate', ...words], { from: 'user' }).catch((error: unknown) => {
    if (complaint === '') throw error;
  });
  return { printed: printed.join('\n'), complaint };
}

const small = ['--customers', '40', '--products', '20', '--years', '0.5', '--until', '2026-03-01T12:00:00Z'];

describe('flywheel simulate', () => {
  it('writes the files and says how to load them, in order', async () => {
    const out = join(root, 'my shop');
    const { printed } = await run('--out', out, ...small);
    const lines = (await readFile(join(out, 'sales.jsonl'), 'utf8')).trimEnd().split('\n').length;
    expect(printed).toContain(`${join(out, 'sales.jsonl')}: ${lines.toLocaleString('en')} records`);
    const commands = printed.split('\n').filter((line) => line.includes('flywheel -- load'));
    const names = ['products', 'customers', 'sales', 'stock'];
    expect(commands.map((line) => line.trim())).toEqual(
      names.map(
        (name) =>
          `npm run flywheel -- load '${join(out, name)}.jsonl' --mapping '${join(out, name)}.map.json'`,
      ),
    );
  });

  it('gives other sales for another seed', async () => {
    const text = async (seed: string) => {
      const out = join(root, seed);
      await run('--out', out, '--seed', seed, ...small);
      return readFile(join(out, 'sales.jsonl'), 'utf8');
    };
    expect(await text('4')).not.toBe(await text('5'));
  });

  it.each([
    ['--customers', '0', 'It must be a whole number from 1 to 50000.'],
    ['--products', 'many', 'It must be a whole number from 20 to 5000.'],
    ['--years', '', 'It must be a number from 0.1 to 10.'],
    ['--until', 'yesterday', 'It must be a date and time, such as 2026-01-31T12:00:00Z.'],
  ])('refuses %s %j and says what it takes', async (option, value, sentence) => {
    const { complaint } = await run('--out', root, option, value);
    expect(complaint).toContain(sentence);
    expect(await readdir(root)).toEqual([]);
  });
});
