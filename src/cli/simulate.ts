// `flywheel simulate`: writes a shop that does not exist, as files that `flywheel load` reads.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { shopBounds, writeShop } from '../simulator/write-shop.js';
import { createProgress } from './progress.js';

interface SimulateArguments {
  readonly out: string;
  readonly seed: number;
  readonly customers: number;
  readonly products: number;
  readonly years: number;
  readonly until: Date;
}

function numberWithin(name: keyof typeof shopBounds): (text: string) => number {
  const [smallest, largest] = shopBounds[name];
  return (text) => {
    const value = Number(text);
    const fits = text.trim() !== '' && value >= smallest && value <= largest;
    if (fits && (name === 'years' || Number.isInteger(value))) return value;
    const kind = name === 'years' ? 'a number' : 'a whole number';
    throw new InvalidArgumentError(`It must be ${kind} from ${smallest} to ${largest}.`);
  };
}

function instant(text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('It must be a date and time, such as 2026-01-31T12:00:00Z.');
}

/** A path as a shell takes it. */
function shellWord(path: string): string {
  return /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

async function simulate({ out, ...shop }: SimulateArguments): Promise<void> {
  const { files } = await createProgress().step('Writing the simulated shop', (say) =>
    writeShop({
      ...shop,
      directory: out,
      onProgress: ({ file, records }) => say(`${file}: ${records.toLocaleString('en')} records`),
    }),
  );
  for (const { dataFile, records } of files)
    console.log(`${dataFile}: ${records.toLocaleString('en')} records`);
  console.log('Load them in this order:');
  for (const { dataFile, mappingFile } of files) {
    console.log(`  npm run flywheel -- load ${shellWord(dataFile)} --mapping ${shellWord(mappingFile)}`);
  }
}

/** Adds the command `simulate` to the program. Rejects with BAD_INPUT for a directory that cannot be written. */
export function registerSimulate(program: Command): void {
  const option = (name: keyof typeof shopBounds, preset: number, text: string) =>
    new Option(`--${name} <number>`, text).default(preset).argParser(numberWithin(name));
  program
    .command('simulate')
    .description('write a simulated shop (products, customers, sales, stock) as files that `load` reads')
    .requiredOption('--out <directory>', 'where to write; files of an earlier shop there are replaced')
    .addOption(option('seed', 1, 'the same seed, sizes and --until give the same files'))
    .addOption(option('customers', 5_000, 'how many customers have come by the end'))
    .addOption(option('products', 500, 'how many products the shop has'))
    .addOption(option('years', 2, 'how many years of sales'))
    .addOption(
      new Option('--until <instant>', 'when the sales end, as an ISO date and time')
        .argParser(instant)
        .default(new Date(), 'now'),
    )
    .action(simulate);
}
