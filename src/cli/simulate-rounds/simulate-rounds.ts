// `flywheel simulate --rounds N`: the people of a small shop live through rounds at a running gateway.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FlywheelError } from '../../core/errors.js';
import { writeLines } from '../../simulator/json-lines.js';
import { shopMappings } from '../../simulator/records.js';
import { drawRoundShop, type RoundShop, roundShopBounds } from '../../simulator/rounds/round-shop.js';
import { createProgress } from '../progress.js';
import { createAsk } from './ask-gateway.js';
import { createAskOrders } from './reorder-orders.js';
import { runRounds } from './run-rounds.js';
import { endLines, roundHeads, roundLine, truthLines } from './show-rounds.js';
import { createWheelDoors } from './wheel-doors.js';

export interface SimulateRoundsArguments {
  readonly rounds: number;
  readonly seed: number;
  readonly customers?: number | undefined;
  readonly products?: number | undefined;
  readonly frozen?: boolean | undefined;
  readonly catalogue?: string | undefined;
  readonly url: string;
  readonly key?: string | undefined;
  readonly json?: boolean | undefined;
}

const usual = { customers: 600, products: 96 } as const;

function sizeOf(name: keyof typeof usual, given: number | undefined): number {
  const size = given ?? usual[name];
  const [least, most] = roundShopBounds[name];
  if (size >= least && size <= most) return size;
  throw new FlywheelError(
    'BAD_INPUT',
    `A shop that lives through rounds has from ${least} to ${most} ${name}, not ${size}.`,
  );
}

/** Writes what no event can say, the names and categories of the products, as a file that `load` reads. */
async function writeCatalogue(shop: RoundShop, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const [data, mapping] = [join(directory, 'products.jsonl'), join(directory, 'products.map.json')];
  const lines = shop.products.map(({ code, name, description, category }) =>
    JSON.stringify({ code, name, category: shop.categories[category], description }),
  );
  await writeLines(data, lines, () => {});
  await writeFile(mapping, `${JSON.stringify(shopMappings.products, null, 2)}\n`);
  console.log(`${data}: ${lines.length} products`);
  console.log('Load them before the rounds begin:');
  console.log(`  npm run flywheel -- load ${data} --mapping ${mapping}`);
}

/**
 * Runs the simulation and prints its report: a line a round, or one JSON document without times of the clock. With
 * `catalogue`, only writes the products there. Rejects with a FlywheelError that says what to do.
 */
export async function simulateRounds(given: SimulateRoundsArguments): Promise<void> {
  const { rounds, seed, frozen = false, json = false, catalogue } = given;
  const sizes = {
    customers: sizeOf('customers', given.customers),
    products: sizeOf('products', given.products),
  };
  const shop = drawRoundShop({ seed, ...sizes });
  if (catalogue !== undefined) return writeCatalogue(shop, catalogue);
  const ask = createAsk({ url: given.url, key: given.key });
  const print = (lines: readonly string[]) => {
    if (!json) for (const line of lines) console.log(line);
  };
  const report = await createProgress().step('Living through the rounds', (say) =>
    runRounds(
      {
        doors: createWheelDoors(ask),
        askOrders: createAskOrders(ask),
        nowMs: Date.now(),
        onTruth: (truth, setting, { roundMs }) => print([...truthLines(truth, setting, roundMs), roundHeads]),
        onRound: (round) => print([roundLine(round)]),
        onStep: say,
      },
      { shop, rounds, frozen },
    ),
  );
  print(endLines(report));
  if (json) console.log(JSON.stringify(report));
}
