// Stock as it comes in by events and by files, and the decisions to order that follow, on several processes at once.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { shopMappings } from '../../src/simulator/records.js';
import { loadFile } from '../../src/warehouse/load/load-file.js';
import { writeSwitch } from '../../src/warehouse/wheel/world.js';
import { servicesInThreads } from '../support/gateway.js';
import { openSite, type Site } from './site.js';
import { describeOnBothLogs } from './topics.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const opensAtMs = Date.parse('2025-01-01T06:00:00Z');
const dayMs = 86_400_000;
/** A moment of the sixtieth day, which runs. */
const at = (hour: number) => new Date(opensAtMs + 59 * dayMs + (hour - 6) * 3_600_000).toISOString();

let ids = 0;
const bought = (item: string, quantity: number, timestamp: string) => {
  ids += 1;
  return { event: 'purchase', id: `p${ids}`, user_id: 'c', item_id: item, quantity, price: 2, timestamp };
};
const counted = (item: string, value: number, timestamp: string) => {
  ids += 1;
  return { event: 'stock', id: `s${ids}`, product_id: item, value, timestamp };
};

describeOnBothLogs('goods that run short', (openTopics) => {
  let site: Site | undefined;
  let folder: string | undefined;
  afterEach(async () => {
    await site?.close();
    site = undefined;
    if (folder !== undefined) await rm(folder, { recursive: true });
    folder = undefined;
  });

  it('are ordered once, by whichever process watches', { timeout: 120_000 }, async () => {
    const { FORECASTING_URL } = servicesInThreads;
    site = await openSite(openTopics, {
      settings: { FORECASTING_URL, FLYWHEEL_SERVICE_DEADLINE_MS: '30000' },
    });
    const { database, post, ask } = site;
    await site.start('gateway', 'pipeline');
    const send = async (...events: readonly object[]) => {
      const lines = events.map((event) => JSON.stringify(event)).join('\n');
      expect(await post('/events', lines, 'application/x-ndjson')).toMatchObject({ status: 200 });
    };
    const decisions = async () => {
      const { rows } = await database.pool.query<{
        code: string;
        choice: string;
        cause: string;
        decided_at: Date;
      }>(
        `SELECT product.code, slot.choice, decision.cause, decision.decided_at FROM fact_decision AS decision
         JOIN dim_product AS product ON product.id = decision.product_id
         JOIN fact_decision_slot AS slot ON slot.decision_id = decision.id
         WHERE decision.kind = 'REORDER' ORDER BY decision.arrived_at, code`,
      );
      return rows;
    };
    const choices = async () => (await decisions()).map(({ code, choice }) => `${code} ${choice}`);
    const until = async (isThere: () => Promise<boolean>) => {
      while (!(await isThere())) await pause(50);
    };
    const stockOf = async (code: string) => {
      const data = await ask(`{ product(code: "${code}") { reorder { stock { units } } } }`);
      return JSON.stringify(data).match(/"units":([-\d.]+)/)?.[1];
    };

    const history = Array.from({ length: 60 }, (_, day) => new Date(opensAtMs + day * dayMs).toISOString());
    await send(...history.flatMap((day) => ['lamp', 'bag', 'tin'].map((item) => bought(item, 10, day))));
    await send(counted('lamp', 100, at(8)), counted('bag', 500, at(8)));
    await until(async () => (await stockOf('lamp')) === '100' && (await stockOf('bag')) === '500');

    // Seven days of 10, give or take one: the point is 87, and an order lifts to 227.
    await send(bought('lamp', 14, at(9)));
    await until(async () => (await choices()).length > 0);
    // An order that comes after would be seen by then as well: the bag is short last of all.
    await send(bought('lamp', 3, at(10)), counted('lamp', 40, at(7)), bought('lamp', 1, at(11)));
    await until(async () => (await stockOf('lamp')) === '82');
    await send(counted('bag', 50, at(11)));
    await until(async () => (await choices()).length > 1);
    expect(await choices()).toEqual(['lamp ORDER 141', 'bag ORDER 177']);
    const [first] = await decisions();
    expect(first?.cause).toBe('stock');
    expect(first?.decided_at.getTime()).toBeLessThanOrEqual(Date.parse(at(11)));

    // Goods came in, and are sold again; one product is counted by a file while nothing may be ordered.
    await writeSwitch(database, 'REORDER', false, null);
    folder = await mkdtemp(join(tmpdir(), 'flywheel-stock-'));
    const file = join(folder, 'stock.jsonl');
    await writeFile(file, `${JSON.stringify({ product: 'tin', quantity: 30, counted_at: at(12) })}\n`);
    await loadFile({ database, file, mapping: shopMappings.stock });
    await until(async () => (await stockOf('tin')) === '30');
    await pause(1_500);
    expect(await choices()).toHaveLength(2);
    await writeSwitch(database, 'REORDER', true, null);
    await until(async () => (await choices()).length > 2);
    expect((await choices()).slice(2)).toEqual(['tin ORDER 197']);
    await send(counted('lamp', 300, at(13)));
    await until(async () => (await stockOf('lamp')) === '300');
    const isAbove = `SELECT FROM reorder_state JOIN dim_product ON id = product_id WHERE code = 'lamp' AND NOT is_below`;
    await until(async () => (await database.pool.query(isAbove)).rowCount === 1);
    await send(bought('lamp', 250, at(14)));
    await until(async () => (await choices()).length > 3);
    expect((await choices()).slice(3)).toEqual(['lamp ORDER 177']);
  });
});
