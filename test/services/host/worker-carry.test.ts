import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createModelRegistry } from '../../../src/services/host/registry.js';
import type { ModelRegistry } from '../../../src/services/host/registry-contract.js';
import {
  createWorkerCarry,
  type WorkerCarry,
  type WorkerCarryDeps,
} from '../../../src/services/host/worker-carry.js';
import { createListener, type Listener } from '../../../src/stream/postgres-listener.js';
import { contractTimeoutMs, eventually } from '../../contracts/log-server.js';
import { openCutLine } from '../../support/cut-line.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { typescriptThreads } from '../../support/threads.js';
import { multiplierModel } from './multiplier.js';

let database: TestDatabase;
let listener: Listener;
let registry: ModelRegistry;
let running: WorkerCarry | undefined;
let faults: unknown[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  listener = createListener({ url: database.url });
  registry = createModelRegistry({ database, listener });
});

beforeEach(async () => {
  await database.pool.query('TRUNCATE model, model_champion');
  faults = [];
});

afterEach(async () => {
  await running?.close();
});

afterAll(async () => {
  await listener.close();
  await database.close();
});

function start(deps: Partial<WorkerCarryDeps> = {}): void {
  running = createWorkerCarry({
    service: 'learning',
    entry: new URL('multiplier-thread.ts', import.meta.url),
    databaseUrl: database.url,
    execArgv: typescriptThreads,
    registry,
    onFault: (error) => faults.push(error),
    ...deps,
  });
}

async function multiply(item: Readonly<Record<string, unknown>>, deadlineMs = 30_000): Promise<unknown> {
  const { signal } = new AbortController();
  return running?.carry('multiply', [item], { signal, deadlineMs });
}

async function register(factor: number, bytes = multiplierModel(factor).bytes): Promise<void> {
  await registry.register('learning', multiplierModel(factor).description, bytes, { promoteIfBetter: false });
}

describe('threads of a service', { timeout: contractTimeoutMs }, () => {
  it('are replaced when one does not come back from a call', async () => {
    await register(3);
    start({ stuckMs: 300 });
    await multiply({ number: 1 });
    await expect(multiply({ number: 1, flaw: 'loop' }, 50)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await multiply({ number: 2 })).toEqual({ model: 'learning/1', texts: ['{"product":6}'] });
  });

  it('tell of bugs, which callers see nothing of', async () => {
    start();
    await expect(multiply({ number: 1, flaw: 'bug' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.not.stringContaining('bug'),
    });
    await eventually(() => expect(String(faults[0])).toContain('A bug of the multiplier.'));
  });

  it('drop calls whose time is over before their turn', async () => {
    start();
    await expect(multiply({ number: 1 }, 0)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('end calls at their deadline though nobody says so', async () => {
    start();
    await multiply({ number: 1 });
    await expect(multiply({ number: 1, waitMs: 600_000 }, 100)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('do not begin with a call that was given up while it waited for its turn', async () => {
    start();
    await multiply({ number: 1 });
    const busy = Array.from({ length: 16 }, () => multiply({ number: 1, waitMs: 500 }));
    const leaving = new AbortController();
    let neverBegun = 0;
    const waiting = running?.carry('multiply', [{ number: 1 }], {
      signal: leaving.signal,
      deadlineMs: 60_000,
      onNeverBegun: () => {
        neverBegun += 1;
      },
    });
    leaving.abort();
    expect(neverBegun).toBe(1);
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await Promise.all(busy);
  });

  it('take no call for one that came thousands of calls later and waits in its place', async () => {
    await register(2);
    start();
    await multiply({ number: 1 });
    const leaving = new AbortController();
    let neverBegun = 0;
    const long = running?.carry('multiply', [{ number: 1, waitMs: 600_000 }], {
      signal: leaving.signal,
      deadlineMs: 60_000,
      onNeverBegun: () => {
        neverBegun += 1;
      },
    });
    for (let made = 0; made < 8_176; made += 511) {
      await Promise.all(Array.from({ length: 511 }, () => multiply({ number: 1 })));
    }
    const busy = Array.from({ length: 15 }, () => multiply({ number: 1, waitMs: 300 }));
    const waiting = multiply({ number: 3 });
    leaving.abort();
    expect(neverBegun).toBe(0);
    await expect(long).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await waiting).toEqual({ model: 'learning/1', texts: ['{"product":6}'] });
    await Promise.all(busy);
  });

  it('serve on with the model before one that cannot be loaded, until there is one that can', async () => {
    await register(3);
    await register(5, Buffer.from('no model'));
    await register(7);
    start();
    await multiply({ number: 1 });
    await registry.promote('learning', 2);
    await eventually(() => expect(faults.length).toBeGreaterThan(0));
    expect(await multiply({ number: 1 })).toEqual({ model: 'learning/1', texts: ['{"product":3}'] });
    await registry.promote('learning', 3);
    await eventually(async () =>
      expect(await multiply({ number: 1 })).toEqual({ model: 'learning/3', texts: ['{"product":7}'] }),
    );
  });

  it('all exchange their model', async () => {
    await register(2);
    await register(3);
    start({ threads: 2 });
    const modelsSeen = async () => {
      const replies = await Promise.all(
        Array.from({ length: 64 }, () => multiply({ number: 1, waitMs: 20 })),
      );
      return new Set(replies.map((reply) => Reflect.get(Object(reply), 'model')));
    };
    expect(await modelsSeen()).toEqual(new Set(['learning/1']));
    await registry.promote('learning', 2);
    await eventually(async () => expect(await modelsSeen()).toEqual(new Set(['learning/2'])));
  });

  it('load their model as soon as the warehouse can be reached', async () => {
    await register(4);
    const line = await openCutLine(database.url);
    await line.cut();
    start({ databaseUrl: line.url });
    const waiting = multiply({ number: 2 });
    await eventually(() => expect(faults.length).toBeGreaterThan(0));
    await line.mend();
    expect(await waiting).toEqual({ model: 'learning/1', texts: ['{"product":8}'] });
    await running?.close();
    await line.close();
  });

  it('end with their carry, and answer nothing after it', async () => {
    start();
    const underWay = multiply({ number: 1, waitMs: 20_000 }).catch((error: unknown) => error);
    await multiply({ number: 1 });
    await running?.close();
    expect(await underWay).toMatchObject({ code: 'UNAVAILABLE' });
    await expect(multiply({ number: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
