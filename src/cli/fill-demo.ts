// Fills an empty warehouse with the simulated shop, by the same files that anybody could load.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Clock } from '../core/clock.js';
import { definitions } from '../metrics/definitions.js';
import { createRestater } from '../metrics/restate.js';
import { shopMappings } from '../simulator/records.js';
import { type ShopFile, writeShop } from '../simulator/write-shop.js';
import { catalogue } from '../warehouse/catalogue.js';
import type { Database } from '../warehouse/database.js';
import { awaitsDemo } from '../warehouse/demo-state.js';
import { loadFile } from '../warehouse/load/load-file.js';
import { fillDemoTurn, withTurn } from '../warehouse/turn.js';
import type { Progress } from './progress.js';

export interface FillDemoDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly progress: Progress;
}

/** The shop that everybody sees who starts without data of their own. */
export const demoShop = { seed: 1, customers: 5_000, products: 500, years: 2 };
/** Whom its data is from, and of how many files it is made. */
export const demoData = { source: shopMappings.sales.source, fileCount: Object.keys(shopMappings).length };

/**
 * Does nothing in a warehouse that holds anything else. A fill that was interrupted is done again as a whole, which
 * the loader makes harmless. Of several gateways at once one fills, and the others wait for it.
 */
export async function fillDemo(deps: FillDemoDeps, signal: AbortSignal): Promise<void> {
  const { database } = deps;
  const isWanted = () => awaitsDemo(database, demoData.source, demoData.fileCount);
  if (!(await isWanted())) return;
  await withTurn(database.pool, fillDemoTurn, async () => {
    if (!(await isWanted())) return;
    const directory = await mkdtemp(join(tmpdir(), 'flywheel-demo-'));
    try {
      for (const file of await simulate(deps, directory, signal)) await load(deps, file, signal);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}

function simulate({ clock, progress }: FillDemoDeps, directory: string, signal: AbortSignal) {
  return progress.step('Simulating a shop', async (say) => {
    const { files } = await writeShop({
      ...demoShop,
      until: new Date(clock.nowMs()),
      directory,
      onProgress: ({ file, records }) => {
        signal.throwIfAborted();
        say(`${records.toLocaleString('en')} ${file}`);
      },
    });
    return files;
  });
}

async function load({ database, progress }: FillDemoDeps, file: ShopFile, signal: AbortSignal) {
  const mapping: unknown = JSON.parse(await readFile(file.mappingFile, 'utf8'));
  await progress.step(`Loading ${basename(file.dataFile, '.jsonl')} of the shop`, (say) =>
    loadFile({
      database,
      file: file.dataFile,
      mapping,
      follower: createRestater({ catalogue, definitions }),
      onProgress: ({ rows }) => {
        signal.throwIfAborted();
        say(`${rows.toLocaleString('en')} of ${file.records.toLocaleString('en')} rows`);
      },
    }),
  );
}
