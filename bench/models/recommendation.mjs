// AUTO on a real shop by the protocol of the reference, as anybody measures it: with `flywheel evaluate recommendation`.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ofProducts, readPurchases, trainUntil } from './online-retail.mjs';

const part = 'recommendation';
const program = fileURLToPath(new URL('../../src/cli/launch.mjs', import.meta.url));
const run = promisify(execFile);
const ndcgLeast = 0.1132;
const recallLeast = 0.072;
const fitSecondsMost = 15;
const chooseSecondsMost = 120;

/** @param {string} file @param {import('./online-retail.mjs').Purchase[]} purchases */
async function writePurchases(file, purchases) {
  const lines = purchases.map(({ customer, code, time }) => `${customer},${code},${time}\n`);
  await writeFile(file, `user,item,time\n${lines.join('')}`);
}

/** @param {string} folder @param {string} method @returns {Promise<any>} */
async function evaluate(folder, method) {
  const files = ['--train', join(folder, 'train.csv'), '--test', join(folder, 'test.csv')];
  const words = ['evaluate', 'recommendation', ...files, '--k', '10', '--method', method, '--json'];
  const { stdout } = await run(process.execPath, [program, ...words]);
  return JSON.parse(stdout);
}

/** @returns {Promise<import('./side-by-side.mjs').Row[]>} */
export async function measureRecommendation() {
  const purchases = ofProducts(await readPurchases());
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-bench-models-'));
  try {
    await writePurchases(
      join(folder, 'train.csv'),
      purchases.filter(({ time }) => time < trainUntil),
    );
    await writePurchases(
      join(folder, 'test.csv'),
      purchases.filter(({ time }) => time >= trainUntil),
    );
    const auto = await evaluate(folder, 'auto');
    const floor = await evaluate(folder, 'popularity');
    const shop = `${auto.testUsers} of ${auto.users} customers, ${auto.items} products`;
    const interval = `${auto.ndcg.toFixed(4)} ± ${(1.96 * auto.ndcgStandardError).toFixed(4)}`;
    const fitSeconds = auto.secondsToTrain - auto.secondsToChoose;
    /** @param {string} what @param {string} ours @param {string} limit @param {boolean} passes @param {number} [popularity] */
    const row = (what, ours, limit, passes, popularity) => ({
      part,
      what,
      ours,
      ...(popularity === undefined ? {} : { peer: popularity.toFixed(4) }),
      limit,
      passes,
    });
    const beside = 'popularity of 30 days';
    return [
      row(`nDCG@10, ${shop}; ${beside}`, interval, `≥ ${ndcgLeast}`, auto.ndcg >= ndcgLeast, floor.ndcg),
      row(
        `recall@10; ${beside}`,
        auto.recall.toFixed(4),
        `≥ ${recallLeast}`,
        auto.recall >= recallLeast,
        floor.recall,
      ),
      row(`coverage of the catalogue; ${beside}`, auto.coverage.toFixed(4), '–', true, floor.coverage),
      row(
        'choosing the blend',
        `${auto.secondsToChoose.toFixed(1)} s`,
        `≤ ${chooseSecondsMost} s`,
        auto.secondsToChoose <= chooseSecondsMost,
      ),
      row(
        'the final fit',
        `${fitSeconds.toFixed(1)} s`,
        `≤ ${fitSecondsMost} s`,
        fitSeconds <= fitSecondsMost,
      ),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
