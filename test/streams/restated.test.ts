// Holds that sales out of files and sales out of events are one total, live and in the report.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launcher, runProgram } from '../support/program.js';
import { openSite, type Site } from './site.js';
import { shown } from './subscriber.js';
import { describeOnBothLogs } from './topics.js';

const mapping = {
  model: 'Sale',
  source: 'books',
  fields: { invoice: 'sale', product: 'product', amount: 'amount', soldAt: 'date' },
};

describeOnBothLogs('a file that is loaded', (openTopics) => {
  let site: Site;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flywheel-restated-'));
    await writeFile(join(folder, 'sales.map.json'), JSON.stringify(mapping));
    site = await openSite(openTopics);
  });
  afterAll(async () => {
    await site?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function load(...sales: readonly string[]): Promise<void> {
    const file = join(folder, 'sales.csv');
    await writeFile(file, ['sale,product,amount,date', ...sales, ''].join('\n'));
    const args = [launcher, 'load', file, '--mapping', join(folder, 'sales.map.json')];
    const program = runProgram(process.execPath, args, { env: { DATABASE_URL: site.database.url } });
    const { code } = await program.ended;
    expect(code, program.said()).toBe(0);
  }

  it('moves the total of who follows, together with what is bought meanwhile', async () => {
    const revenue = site.follow('metric: REVENUE, every: ALL');
    const said = (value: number) => revenue.until((received) => received.at(-1)?.value === value);
    const buy = (price: number) =>
      site.topics.send(site.topics.behaviour, {
        event: 'purchase',
        id: `for ${price}`,
        items: [{ product_id: 'lamp', quantity: 1, price }],
      });
    await buy(10);
    await said(10);
    const day = new Date().toISOString().slice(0, 10);
    await load('1,lamp,1200,2023-09-01', `2,tin,0.5,${day}`);
    await said(1_210.5);
    // The same file again changes nothing, and a corrected one what it corrects.
    await load('1,lamp,1200,2023-09-01', `2,tin,0.5,${day}`);
    await buy(20);
    await said(1_230.5);
    await load('1,lamp,1000,2023-09-01', `2,tin,0.5,${day}`);
    await said(1_030.5);
    expect(shown(revenue.received)).toEqual(['10', '1210.5', '1230.5', '1030.5']);
    expect(await site.report('REVENUE')).toEqual({ REVENUE: 1_030.5 });
  });
});
