// Holds what the API says of campaigns, and to whom.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { askAs, roleKeys } from '../support/roles.js';

let database: TestDatabase;
let gateway: Gateway;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `INSERT INTO dim_customer (code, segment) VALUES ('anna', 'AT_RISK'), ('ben', 'AT_RISK'), ('cem', 'NEW')`,
  );
  await database.pool.query(
    `INSERT INTO live_clock (name, watermark) VALUES ('behaviour', '2026-03-02T10:00:00Z')`,
  );
  gateway = await startGateway(database, roleKeys);
}, 30_000);
afterAll(async () => {
  await gateway?.close();
  await database?.close();
});

const terms = 'segment: AT_RISK, offers: ["WIN_BACK_15"], holdoutShare: 0';
const create =
  'createCampaign(input: {name: "back", segment: AT_RISK, offers: ["WIN_BACK_15"], everyMinutes: 60}) { name }';

it('are for operators; whoever may write may try them', async () => {
  for (const [role, mutation] of [
    ['reader', `runCampaign(${terms}, dryRun: true) { customers }`],
    ['writer', `runCampaign(${terms}) { customers }`],
    ['writer', create],
    ['writer', 'stopCampaign(name: "back") { name }'],
    ['writer', 'startCampaign(name: "back") { name }'],
  ] as const) {
    const { errors } = await askAs(role, gateway.url, `mutation { ${mutation} }`);
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  }
  const { data } = await askAs(
    'writer',
    gateway.url,
    `mutation { runCampaign(${terms}, dryRun: true, first: 1) { customers counts { verdict customers }
      decisions { customer verdict choice propensity cost } } }`,
  );
  expect(data.runCampaign).toEqual({
    customers: 2,
    counts: [{ verdict: 'OFFER', customers: 2 }],
    decisions: [
      {
        customer: 'anna',
        verdict: 'OFFER',
        choice: expect.stringMatching(/^WIN_BACK_15@(8|12|18)$/),
        propensity: expect.closeTo(1 / 3, 6),
        cost: 0,
      },
    ],
  });
  expect((await askAs('reader', gateway.url, '{ campaigns { name } }')).data).toEqual({ campaigns: [] });
});

it('are made, stopped and started, and say what is wrong', async () => {
  const ask = (mutation: string) => askAs('operator', gateway.url, `mutation { ${mutation} }`);
  expect((await ask(create)).errors).toBeUndefined();
  const { errors } = await ask(create);
  expect(errors).toMatchObject([
    { message: 'There is a campaign "back" already; run it, or give another name.' },
  ]);
  expect(await ask('stopCampaign(name: "back") { state }')).toEqual({
    data: { stopCampaign: { state: 'STOPPED' } },
  });
  const { data } = await ask('runCampaign(name: "back") { endedBy counts { verdict customers } }');
  expect(data.runCampaign).toEqual({ endedBy: 'STOPPED', counts: [{ verdict: 'STOPPED', customers: 2 }] });
  expect(await ask('startCampaign(name: "back") { state }')).toEqual({
    data: { startCampaign: { state: 'RUNNING' } },
  });
  const missing = await ask('runCampaign(name: "forth") { customers }');
  expect(missing.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  const { data: listed } = await askAs(
    'reader',
    gateway.url,
    '{ campaigns { name segment offers costs everyDays offersMax budget holdoutShare hours everyMinutes state ranAt offersMade heldOut spent lift { difference { value low } offered { customers bought } } } }',
  );
  expect(listed.campaigns).toEqual([
    {
      name: 'back',
      segment: 'AT_RISK',
      offers: ['WIN_BACK_15'],
      costs: [0],
      everyDays: 7,
      offersMax: null,
      budget: null,
      holdoutShare: 0.1,
      hours: [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
      everyMinutes: 60,
      state: 'RUNNING',
      ranAt: null,
      offersMade: 0,
      heldOut: 0,
      spent: 0,
      lift: { difference: { value: null, low: -1 }, offered: { customers: 0, bought: 0 } },
    },
  ]);
  // Each looks at all customers of a campaign and what they bought.
  const lifts = Array.from(
    { length: 100 },
    (_, at) => `d${at}: lift(days: ${at + 1}) { offered { customers } }`,
  );
  const dear = await askAs('reader', gateway.url, `{ campaigns { ${lifts.join(' ')} } }`);
  expect(dear.errors).toMatchObject([{ message: expect.stringContaining('could touch') }]);
});
