// Holds that what is decided by itself, for a third view or by a campaign, is decided once, whoever is killed on the way.

import { afterEach, expect, it } from 'vitest';
import { armOf } from '../../src/math/decide/assign-arm.js';
import type { TestDatabase } from '../support/postgres.js';
import { kill, openProcesses, type Processes } from './processes.js';
import { post } from './questions.js';
import { openSite, type Site } from './site.js';
import { describeOnBothLogs } from './topics.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const startMs = Date.parse('2026-03-01T10:00:00Z');
const hours = Array.from({ length: 24 }, (_, hour) => hour);

/** Views of one product by one customer, a minute apart. */
const viewsOf = (customer: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({
    event: 'view',
    id: `${customer} ${at}`,
    customer_id: customer,
    product_id: 'lamp',
    timestamp: new Date(startMs + at * 60_000).toISOString(),
  }));

async function stored(database: TestDatabase, cause: string): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ code: string }>(
    `SELECT code FROM fact_decision AS decision JOIN dim_customer AS customer ON customer.id = decision.customer_id
     WHERE cause = $1 ORDER BY code`,
    [cause],
  );
  return rows.map(({ code }) => code);
}

describeOnBothLogs('what is decided by itself', (openTopics) => {
  let site: Site | undefined;
  let processes: Processes | undefined;
  afterEach(async () => {
    await site?.close();
    await processes?.close();
    site = undefined;
    processes = undefined;
  });

  it('is decided when it happens, and by the API when it is asked for', { timeout: 60_000 }, async () => {
    const settings = { FLYWHEEL_HOLDOUT_SHARE: '0', FLYWHEEL_THIRD_VIEW_OFFER: 'FREE_PACKING' };
    site = await openSite(openTopics, { settings });
    const to = site;
    const send = async (events: readonly object[]) =>
      to.post('/events', events.map((event) => JSON.stringify(event)).join('\n'), 'application/x-ndjson');
    await send([...viewsOf('c1', 3), ...viewsOf('c2', 2), ...viewsOf('c1', 3)]);
    while ((await stored(to.database, 'third-view')).length === 0) await pause(20);
    const third = (await to.ask(
      `{ decisions(filter: {cause: {equals: "third-view"}}) { nodes {
          code kind policyPropensity customer { code } product { code } slots { nodes { choice product { code } } } } } }`,
    )) as { readonly decisions: { readonly nodes: readonly { readonly code: string }[] } };
    expect(third.decisions.nodes).toMatchObject([
      {
        kind: 'RECOMMEND',
        policyPropensity: expect.closeTo(0.5, 9),
        customer: { code: 'c1' },
        product: { code: 'lamp' },
        slots: { nodes: [{ product: { code: 'lamp' } }] },
      },
    ]);

    await to.database.pool.query(`UPDATE dim_customer SET segment = 'POTENTIAL'`);
    const terms = `segment: POTENTIAL, offers: ["FIRST_PURCHASE_10"], costs: [2.5], hours: [${hours}], holdoutShare: 0`;
    const asked =
      'campaign customers cost endedBy counts { verdict customers } decisions { customer verdict choice }';
    const tried = await to.ask(`mutation { runCampaign(${terms}, dryRun: true) { dryRun ${asked} } }`);
    expect(tried).toEqual({
      runCampaign: {
        dryRun: true,
        campaign: 'POTENTIAL FIRST_PURCHASE_10',
        customers: 2,
        cost: 5,
        endedBy: null,
        counts: [{ verdict: 'OFFER', customers: 2 }],
        decisions: ['c1', 'c2'].map((customer) => ({
          customer,
          verdict: 'OFFER',
          choice: expect.stringMatching(/^FIRST_PURCHASE_10@(0|6|12|18)$/),
        })),
      },
    });
    await to.ask(`mutation { runCampaign(${terms}) { ${asked} } }`);
    const cause = 'campaign:POTENTIAL FIRST_PURCHASE_10';
    while ((await stored(to.database, cause)).length < 2) await pause(20);
    const { decisions } = (await to.ask(
      `{ decisions(filter: {kind: {equals: CAMPAIGN}}) { nodes { code } } }`,
    )) as typeof third;
    // Whoever sends the offer says so; buying anything after that answers it.
    const [shown] = decisions.nodes;
    const own = (
      (await to.ask(
        `query ($code: String!) { decisions(filter: {code: {equals: $code}}) { nodes { customer { code } } } }`,
        {
          code: shown?.code,
        },
      )) as {
        readonly decisions: { readonly nodes: readonly { readonly customer: { readonly code: string } }[] };
      }
    ).decisions.nodes[0]?.customer.code;
    const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();
    await send([
      { event: 'exposure', id: 'sent', customer_id: own, decision: shown?.code, timestamp: at(10) },
      { event: 'purchase', id: 'bought', customer_id: own, product_id: 'mug', price: 3, timestamp: at(20) },
    ]);
    const bought = async () =>
      (
        await to.database.pool.query(
          'SELECT FROM fact_decision_slot WHERE decision_id = $1 AND bought_at IS NOT NULL',
          [shown?.code],
        )
      ).rows.length;
    while ((await bought()) === 0) await pause(20);
    expect(
      await to.ask(
        `mutation { stopCampaign(name: "POTENTIAL FIRST_PURCHASE_10") { state spent offersMade everyMinutes } }`,
      ),
    ).toEqual({ stopCampaign: { state: 'STOPPED', spent: 5, offersMade: 2, everyMinutes: null } });
    expect(await to.ask('{ campaigns { name segment offers budget heldOut } }')).toEqual({
      campaigns: [
        {
          name: 'POTENTIAL FIRST_PURCHASE_10',
          segment: 'POTENTIAL',
          offers: ['FIRST_PURCHASE_10'],
          budget: null,
          heldOut: 0,
        },
      ],
    });
  });

  it('is decided once though its process was killed again and again', { timeout: 180_000 }, async () => {
    processes = await openProcesses(openTopics, { FLYWHEEL_HOLDOUT_SHARE: '0.2' });
    const { database } = processes;
    const perRound = 600;
    const codes: string[] = [];
    const { url } = await processes.gateway();
    let program = await processes.pipeline();
    for (let round = 0; round < 2; round += 1) {
      const own = Array.from({ length: perRound }, (_, at) => `r${round}-${String(at).padStart(4, '0')}`);
      const before = (await stored(database, 'third-view')).length;
      const events = own.flatMap((customer) => viewsOf(customer, 3));
      const lines = [...events, ...events.slice(perRound)].map((event) => JSON.stringify(event));
      const sent = await post(`${url}/events`, lines.join('\n'), 'application/x-ndjson');
      expect(sent).toMatchObject({ status: 200 });
      codes.push(...own);
      while ((await stored(database, 'third-view')).length === before) await pause(5);
      await kill(program);
      program = await processes.pipeline();
    }
    const expected = codes.filter((code) => armOf('holdout', code, [0.2, 0.8]) === 1).sort();
    while ((await stored(database, 'third-view')).length < expected.length) await pause(50);

    await database.pool.query(`UPDATE dim_customer SET segment = 'LOST'`);
    await database.pool.query(
      `INSERT INTO campaign (name, segment, offers, costs, every_days, holdout_share, hours, every_ms)
       VALUES ('win back', 'LOST', '{WIN_BACK_10,WIN_BACK_20}', '{1,2}', 7, 0.1, $1, 60000)`,
      [hours],
    );
    const made = async () =>
      (await database.pool.query('SELECT FROM campaign WHERE offers_made > 0')).rows.length;
    while ((await made()) === 0) await pause(5);
    await kill(program);
    program = await processes.pipeline();
    while ((await stored(database, 'campaign:win back')).length < codes.length) await pause(50);
    while ((await database.pool.query('SELECT FROM outbox')).rows.length > 0) await pause(50);
    expect(await stored(database, 'campaign:win back')).toEqual([...codes].sort());
    expect(await stored(database, 'third-view')).toEqual(expected);
    const { rows } = await database.pool.query(
      `SELECT offers_made + held_out AS decided, spent::float8 = (SELECT sum((details::json ->> 'cost')::numeric)
         FROM fact_decision WHERE kind = 'CAMPAIGN') AS exact FROM campaign`,
    );
    expect(rows).toEqual([{ decided: codes.length, exact: true }]);
    program.interrupt();
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });
});
