import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/core/project-root.js';
import { createServiceClient } from '../../src/services/host/client.js';
import { createHttpCarry } from '../../src/services/host/http-carry.js';
import { segmentationBaselines } from '../../src/services/segmentation/baseline.js';
import { type SegmentationService, segmentationMethods } from '../../src/services/segmentation/contract.js';
import { eventually } from '../contracts/log-server.js';
import { hostService } from '../support/hosted-service.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { launcher, type RunningProgram, runProgram } from '../support/program.js';
import { fillSmallShop } from '../support/small-shop.js';

const address = /answers at (http:\/\/\S+)/;

describe('flywheel serve', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let programs: RunningProgram[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
  });
  afterEach(async () => {
    for (const program of programs) {
      if (program.child.exitCode === null && program.child.signalCode === null) program.interrupt();
      await program.ended;
    }
    programs = [];
  });
  afterAll(() => database.close());

  function serve(...args: readonly string[]): RunningProgram {
    const program = runProgram('node', [launcher, 'serve', ...args], { env: { DATABASE_URL: database.url } });
    programs.push(program);
    return program;
  }

  async function urlOf(program: RunningProgram): Promise<string> {
    return address.exec(await program.saying(address))?.[1] ?? '';
  }

  function segmentationAt(url: string): SegmentationService {
    return createServiceClient({
      service: 'segmentation',
      methods: segmentationMethods,
      carry: createHttpCarry({ service: 'segmentation', url }),
      baselines: segmentationBaselines,
      deadlineMs: 30_000,
    });
  }

  it('serves one service on the warehouse, follows its champion, and ends in order', async () => {
    const program = serve('segmentation', '--port', '0', '--threads', '2');
    const url = await urlOf(program);
    expect(program.said()).toContain(`SEGMENTATION_URL=${url}`);
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    const printed = join(projectRoot, 'src', 'services', 'segmentation', 'openapi.json');
    const contract: unknown = JSON.parse(await readFile(printed, 'utf8'));
    expect(await (await fetch(`${url}/openapi.json`)).json()).toEqual(contract);
    const client = segmentationAt(url);
    expect(await client.segments([{}])).toEqual({ results: [null], model: null, degraded: false });

    const trainer = await hostService({ service: 'segmentation', database, way: 'in threads' });
    await trainer.train(1).finally(() => trainer.close());
    await eventually(async () => expect((await client.segments([{}])).model).toBe('segmentation/1'));

    program.interrupt('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.said()).toMatch(/Stopped\.\s*$/);
    expect(await client.assign([{ customer: 'C002' }])).toMatchObject({ degraded: true });
  });

  async function refusal(...args: readonly string[]): Promise<string> {
    const program = serve(...args);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.said()).not.toMatch(/^ +at /m);
    return program.said();
  }

  it('says what it cannot serve, and where it cannot', async () => {
    const { port } = new URL(await urlOf(serve('forecasting', '--port', '0')));
    expect(await refusal('learning', '--port', port)).toMatch(
      new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is in use by another program`, 'm'),
    );
    expect(await refusal('learning', '--port', '0', '--host', '203.0.113.1')).toContain(
      'The host is 203.0.113.1, which is not an address of this machine',
    );
    expect(await refusal('wheels', '--port', '0')).toContain(
      'segmentation, recommendation, forecasting, learning',
    );
    expect(await refusal('learning')).toContain('--port');
    expect(await refusal('learning', '--port', 'many')).toContain('a whole number from 0 to 65535');
  });
});
