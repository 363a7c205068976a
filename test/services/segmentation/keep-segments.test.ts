// The duty that keeps segments in the warehouse, on the service in its thread and the registry as they are.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceClient, type ServiceClientDeps } from '../../../src/services/host/client.js';
import { segmentationBaselines } from '../../../src/services/segmentation/baseline.js';
import { segmentationMethods } from '../../../src/services/segmentation/contract.js';
import {
  type AssignedRound,
  type KeepSegmentsDeps,
  keepSegments,
} from '../../../src/services/segmentation/keep-segments.js';
import { trainSegmentation } from '../../../src/services/segmentation/train.js';
import { LeaseLost } from '../../../src/warehouse/lease-fence.js';
import { takeMembersTurn } from '../../../src/warehouse/members-turn.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { eventually } from '../../contracts/log-server.js';
import { type HostedService, hostService } from '../../support/hosted-service.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop, smallShop } from '../../support/small-shop.js';

const service = 'segmentation';

/** Customers who only looked around. */
const lookers = 2_300;

const lease = { name: 'segments', number: 1n };
let database: TestDatabase;
let hosted: HostedService;

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  await database.pool.query(`INSERT INTO dim_customer (code) VALUES ('stranger'), ('')`);
  await database.pool.query(
    `INSERT INTO dim_customer (code) SELECT 'looker ' || n FROM generate_series(1, $1::integer) AS n`,
    [lookers],
  );
  await database.pool.query(
    `INSERT INTO fact_event (source, event_id, type, customer_id, occurred_at)
     SELECT 'web', code, 'view', id, now() FROM dim_customer WHERE code LIKE 'looker %'`,
  );
  await database.pool.query(
    `INSERT INTO lease (name, number, holder, expires_at, backend_pid, backend_start)
     VALUES ('segments', 1, 'test', 'infinity', 0, '-infinity')`,
  );
  hosted = await hostService({ service, database, way: 'in threads' });
}, 60_000);

afterAll(async () => {
  await hosted?.close();
  await database?.close();
});

type CallObserver = ServiceClientDeps<typeof segmentationMethods>['onCall'];

/** A client of the service; `carry` may stand between. */
function clientOf(carry = hosted.carry, onCall?: CallObserver) {
  return createServiceClient({
    service,
    methods: segmentationMethods,
    carry,
    baselines: segmentationBaselines,
    breaker: { failuresMax: 1_000 },
    ...(onCall === undefined ? {} : { onCall }),
  });
}

interface Keeping {
  readonly rounds: readonly AssignedRound[];
  /** Ends the duty; rejects with what it failed of. */
  end(): Promise<void>;
}

function keep(deps: Partial<KeepSegmentsDeps> = {}): Keeping {
  const rounds: AssignedRound[] = [];
  const ending = new AbortController();
  const kept = keepSegments(
    {
      database,
      segmentation: clientOf(),
      registry: hosted.registry,
      lease,
      onAssigned: (round) => rounds.push(round),
      ...deps,
    },
    ending.signal,
  );
  // What it fails of is heard at its end.
  kept.catch(() => {});
  return {
    rounds,
    end: () => {
      ending.abort();
      return kept;
    },
  };
}

/** How many customers are in each segment. */
async function counts() {
  const { rows } = await database.pool.query<{ segment: string | null; count: number }>(
    'SELECT segment, count(*)::integer FROM dim_customer GROUP BY 1',
  );
  return new Map(rows.map(({ segment, count }) => [segment, count]));
}

async function stored() {
  const { rows } = await database.pool.query<{ code: string; segment: string | null }>(
    `SELECT code, segment FROM dim_customer WHERE code <> '' ORDER BY id`,
  );
  return rows;
}

/** What the service says of everybody now. */
async function assigned() {
  const codes = (await stored()).map(({ code }) => code);
  const { results } = await clientOf().assign(
    codes.map((customer) => ({ customer })),
    { deadlineMs: 30_000 },
  );
  return codes.map((code, place) => ({ code, segment: results[place]?.segment ?? null }));
}

/** Makes a model with that number of groups the champion. */
async function promoteModelOf(clusters: number): Promise<string> {
  const { description, bytes } = await trainSegmentation(
    { database },
    { seed: 1, signal: new AbortController().signal, onProgress: () => undefined, champion: undefined },
    { spend: 'total', scaling: 'log-standard', clusters },
  );
  const model = await hosted.registry.register(service, description, Buffer.from(bytes), {
    promoteIfBetter: false,
  });
  await hosted.registry.promote(service, model.version);
  return `${service}/${model.version}`;
}

const everybody = smallShop.customers + lookers + 1;

describe('the segments of all customers', { timeout: 90_000 }, () => {
  it('are written as soon as there is a champion, and again whenever it is another', async () => {
    const keeping = keep();
    const first = await promoteModelOf(2);
    await eventually(() => expect(keeping.rounds.length).toBeGreaterThan(0));
    // Nobody can ask for a customer without a code, and whoever ordered and did nothing is in no segment.
    const { rows } = await database.pool.query<{ unknown: number }>(
      `SELECT count(*)::integer AS unknown FROM dim_customer AS customer
       WHERE code <> '' AND NOT EXISTS (SELECT FROM fact_sales WHERE customer_id = customer.id AND kind = 'SALE')
         AND NOT EXISTS (SELECT FROM fact_event WHERE customer_id = customer.id)`,
    );
    const unknown = rows[0]?.unknown ?? 0;
    expect(unknown).toBeGreaterThan(0);
    expect(keeping.rounds[0]).toEqual({ customers: everybody, changed: everybody - unknown });
    const before = await stored();
    expect(before).toEqual(await assigned());
    expect((await counts()).get('POTENTIAL')).toBe(lookers);
    expect((await counts()).get(null)).toBe(unknown + 1);

    const roundsBefore = keeping.rounds.length;
    const second = await promoteModelOf(5);
    expect(second).not.toBe(first);
    await eventually(async () => {
      const after = await stored();
      expect(after).not.toEqual(before);
      expect(after).toEqual(await assigned());
    });
    await eventually(() => expect(keeping.rounds.length).toBeGreaterThan(roundsBefore));
    expect(keeping.rounds.at(-1)?.changed).toBeGreaterThan(0);
    expect(keeping.rounds.at(-1)?.changed).toBeLessThan(smallShop.customers + 1);

    await hosted.registry.rollback(service);
    await eventually(async () => expect(await stored()).toEqual(before));
    await keeping.end();
  });

  it('are written again after a while: what people did meanwhile counts', async () => {
    const keeping = keep({ everyMs: 50 });
    await eventually(() => expect(keeping.rounds.length).toBeGreaterThan(0));
    await database.pool.query(
      `INSERT INTO fact_event (source, event_id, type, customer_id, occurred_at)
       SELECT 'web', 'first', 'view', id, now() FROM dim_customer WHERE code = 'stranger'`,
    );
    await database.pool.query(`INSERT INTO dim_customer (code, segment) VALUES ('nobody', 'LOST')`);
    await eventually(async () => {
      expect((await counts()).get('POTENTIAL')).toBe(lookers + 1);
      expect((await stored()).find(({ code }) => code === 'nobody')).toMatchObject({ segment: null });
    });
    await keeping.end();
    expect(keeping.rounds[0]?.changed).toBe(0);
  });

  it('stay as they are while the service is away', async () => {
    let isAway = true;
    const outcomes: string[] = [];
    const segmentation = clientOf(
      (...call) => (isAway ? Promise.reject(new Error('away')) : hosted.carry(...call)),
      ({ outcome }) => outcomes.push(outcome),
    );
    // It remembers good answers of before, which are not good enough to be written.
    isAway = false;
    await segmentation.assign([{ customer: 'C001' }], { deadlineMs: 30_000 });
    isAway = true;
    outcomes.length = 0;
    await database.pool.query('UPDATE dim_customer SET segment = NULL');
    const keeping = keep({ segmentation, everyMs: 50 });
    await eventually(() => expect(outcomes.length).toBeGreaterThan(3));
    expect(new Set(outcomes)).toEqual(new Set(['unavailable']));
    expect(keeping.rounds).toEqual([]);
    expect([...(await counts()).keys()]).toEqual([null]);
    isAway = false;
    await eventually(() => expect(keeping.rounds.length).toBeGreaterThan(0));
    await keeping.end();
    expect(await stored()).toEqual(await assigned());
  });

  it('wait until a file is loaded', async () => {
    await database.pool.query('UPDATE dim_customer SET segment = NULL');
    let calls = 0;
    const segmentation = clientOf(hosted.carry, () => calls++);
    const keeping = await inTransaction(database, async (session) => {
      await takeMembersTurn(session);
      const started = keep({ segmentation, everyMs: 50 });
      await eventually(() => expect(calls).toBeGreaterThan(3));
      expect(started.rounds).toEqual([]);
      return started;
    });
    await eventually(() => expect(keeping.rounds.length).toBeGreaterThan(0));
    await keeping.end();
    expect(await stored()).toEqual(await assigned());
  });

  it('are left to whoever has the lease', async () => {
    const deps = { database, segmentation: clientOf(), registry: hosted.registry };
    const late = keepSegments({ ...deps, lease: { ...lease, number: 0n } }, new AbortController().signal);
    await expect(late).rejects.toThrow(LeaseLost);
  });
});
