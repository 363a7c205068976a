// `flywheel simulate`: writes a shop that does not exist, as files that `flywheel load` reads, or lives through rounds.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { FlywheelError } from '../core/errors.js';
import { shopBounds, writeShop } from '../simulator/write-shop.js';
import { wholeNumber } from './options.js';
import { createProgress } from './progress.js';
import { type SimulateRoundsArguments, simulateRounds } from './simulate-rounds/simulate-rounds.js';

interface SimulateArguments extends Omit<SimulateRoundsArguments, 'rounds'> {
  readonly out?: string;
  readonly rounds?: number;
  readonly years: number;
  readonly until: Date;
}

const sizes = { customers: 5_000, products: 500 } as const;
const roundsMax = 200;

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

async function simulate(given: SimulateArguments): Promise<void> {
  const { out, rounds } = given;
  if (out !== undefined && rounds === undefined) return writeFiles(out, given);
  if (out === undefined && rounds !== undefined) return simulateRounds({ ...given, rounds });
  throw new FlywheelError(
    'BAD_INPUT',
    'Give either --out, to write the files of a shop, or --rounds, to live through rounds at a running gateway.',
  );
}

async function writeFiles(out: string, { seed, years, until, ...given }: SimulateArguments): Promise<void> {
  const { customers = sizes.customers, products = sizes.products } = given;
  const shop = { seed, years, until, customers, products };
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
  const option = (name: keyof typeof shopBounds, text: string) =>
    new Option(`--${name} <number>`, text).argParser(numberWithin(name));
  program
    .command('simulate')
    .description(
      'write a simulated shop (products, customers, sales, stock) as files that `load` reads; or, with --rounds, let the customers of a small one live at a running gateway and measure what its decisions are worth',
    )
    .option('--out <directory>', 'where to write; files of an earlier shop there are replaced')
    .addOption(
      option(
        'seed',
        'the same seed, sizes and --until give the same files; the same seed the same rounds',
      ).default(1),
    )
    .addOption(
      option('customers', 'how many customers have come by the end (5000 in files, 600 with --rounds)'),
    )
    .addOption(option('products', 'how many products the shop has (500 in files, 96 with --rounds)'))
    .addOption(option('years', 'how many years of sales, in files').default(2))
    .addOption(
      new Option('--until <instant>', 'when the sales end in files, as an ISO date and time')
        .argParser(instant)
        .default(new Date(), 'now'),
    )
    .addOption(
      new Option('--rounds <number>', 'live through so many rounds; tastes drift half-way').argParser(
        wholeNumber(2, roundsMax),
      ),
    )
    .option('--frozen', 'with --rounds: nothing is learned from first to last, for comparison')
    .option(
      '--catalogue <directory>',
      'with --rounds: only write the products, to be loaded before the rounds begin',
    )
    .option('--url <address>', 'with --rounds: where the gateway is', 'http://127.0.0.1:4000')
    .option('--key <key>', 'with --rounds: the API key of an operator, where the gateway asks for one')
    .option('--json', 'with --rounds: one JSON document instead of lines')
    .action(simulate);
}
