// Writes the simulated shop's past to files that `flywheel load --mapping` reads.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FlywheelError } from '../core/errors.js';
import { actShop } from './act.js';
import { dayMs } from './calendar.js';
import { createShopWorld, type WorldOptions } from './create-world.js';
import { writeLines } from './json-lines.js';
import { customerLine, invoiceLines, productLine, shopMappings, stockLine } from './records.js';
import { stockLevels } from './stock.js';
import type { ShopWorld } from './world.js';

/** The days before the closing of which stock is reckoned. */
const recentDays = 56;

type FileName = keyof typeof shopMappings;

export interface WriteShopProgress {
  /** The file being written: products, customers, sales or stock. */
  readonly file: FileName;
  readonly records: number;
}

export interface WriteShopOptions extends WorldOptions {
  /** Made when it is not there; files of an earlier shop in it are replaced. */
  readonly directory: string;
  readonly onProgress?: (progress: WriteShopProgress) => void;
}

export interface ShopFile {
  readonly dataFile: string;
  readonly mappingFile: string;
  readonly records: number;
}

/** Bounds of what can be simulated: [smallest, largest]. */
export const shopBounds = {
  seed: [0, Number.MAX_SAFE_INTEGER],
  customers: [1, 50_000],
  products: [20, 5_000],
  years: [0.1, 10],
} as const;

function checkOptions(options: WorldOptions): void {
  for (const name of ['seed', 'customers', 'products', 'years'] as const) {
    const [smallest, largest] = shopBounds[name];
    const value = options[name];
    const whole = name === 'years' || Number.isSafeInteger(value);
    if (whole && value >= smallest && value <= largest) continue;
    const kind = name === 'years' ? 'number' : 'whole number';
    throw new FlywheelError(
      'BAD_INPUT',
      `${name} must be a ${kind} from ${smallest} to ${largest}; it is ${value}.`,
    );
  }
  if (Number.isNaN(options.until.getTime())) {
    throw new FlywheelError('BAD_INPUT', 'until must be a date and time, such as 2026-01-31T12:00:00Z.');
  }
}

/** The lines of all invoices up to `untilMs`; adds up the latest sales by product on the way. */
function* saleLines(
  world: ShopWorld,
  untilMs: number,
  recentUnits: Float64Array,
): Generator<string, void, undefined> {
  const recentFromMs = untilMs - recentDays * dayMs;
  for (const invoice of actShop(world, world.setting.opensOn * dayMs, untilMs)) {
    if (invoice.kind === 'SALE' && invoice.soldAtMs >= recentFromMs) {
      for (const { product, quantity } of invoice.lines) {
        recentUnits[product.index] = (recentUnits[product.index] ?? 0) + quantity;
      }
    }
    yield* invoiceLines(world, invoice);
  }
}

function* mapped<T>(items: Iterable<T>, lineOf: (item: T) => string): Generator<string, void, undefined> {
  for (const item of items) yield lineOf(item);
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/**
 * Makes a directory and those above it that are missing. Node's own `recursive` never comes back where the system
 * answers "no such entry" for a directory whose parent is there, as /proc does.
 */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path);
  }
}

async function writeFiles(world: ShopWorld, options: WriteShopOptions): Promise<ShopFile[]> {
  const untilMs = options.until.getTime();
  const recentUnits = new Float64Array(world.products.length);
  const files: ShopFile[] = [];
  const write = async (file: FileName, lines: Iterable<string>) => {
    const dataFile = join(options.directory, `${file}.jsonl`);
    const mappingFile = join(options.directory, `${file}.map.json`);
    const records = await writeLines(dataFile, lines, (count) =>
      options.onProgress?.({ file, records: count }),
    );
    await writeFile(mappingFile, `${JSON.stringify(shopMappings[file], null, 2)}\n`);
    files.push({ dataFile, mappingFile, records });
  };
  await makeDirectory(resolve(options.directory));
  await write(
    'products',
    mapped(world.products, (product) => productLine(world, product)),
  );
  await write(
    'customers',
    mapped(world.customers, (customer) => customerLine(world, customer)),
  );
  await write('sales', saleLines(world, untilMs, recentUnits));
  const levels = stockLevels(
    world,
    recentUnits.map((units) => units / recentDays),
  );
  await write(
    'stock',
    mapped(levels, (level) => stockLine(level, untilMs)),
  );
  return files;
}

/**
 * Writes the shop that the options describe, as JSON Lines with one mapping beside each file, and resolves to the
 * files in the order in which to load them: products, customers, sales, stock. The same options give the same
 * bytes; an `until` later on the same day only adds sales. At most 300,000 sale lines, none at or after `until`.
 * Rejects with BAD_INPUT for sizes out of bounds and for a directory that cannot be written.
 */
export async function writeShop(options: WriteShopOptions): Promise<{ files: ShopFile[] }> {
  checkOptions(options);
  try {
    return { files: await writeFiles(createShopWorld(options), options) };
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new FlywheelError(
      'BAD_INPUT',
      `The simulated shop could not be written to ${options.directory}: ${error.message}. Choose a directory that can be written and has about 100 MB free.`,
      { cause: error },
    );
  }
}
