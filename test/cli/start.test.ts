import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isAlive } from '../../src/warehouse/postgres-cluster.js';
import { report } from '../streams/questions.js';
import { subscribe } from '../streams/subscriber.js';
import { launcher, type RunningProgram, runProgram } from '../support/program.js';

const address = /answers at (http:\/\/127\.0\.0\.1:\d+)\/graphql/;

const salesAnswer = z.object({ data: z.object({ sales: z.object({ totalCount: z.number() }) }) });
const salesIn = (answer: unknown) => salesAnswer.parse(answer).data.sales.totalCount;

describe('npm start', { timeout: 120_000 }, () => {
  let dataDir: string;
  let programs: RunningProgram[];
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'flywheel-start-'));
    await chmod(dataDir, 0o755);
    programs = [];
  });
  afterEach(async () => {
    for (const program of programs) {
      if (program.child.exitCode === null && program.child.signalCode === null) program.interrupt();
      await program.ended;
    }
    const pid = await serverPid().catch(() => undefined);
    if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGQUIT');
    await rm(dataDir, { recursive: true, force: true });
  });

  function start(
    env: Record<string, string> = {},
    command = 'node',
    args = [launcher, 'start'],
  ): RunningProgram {
    const program = runProgram(command, args, {
      env: { FLYWHEEL_DATA_DIR: dataDir, FLYWHEEL_DEMO: 'off', PORT: '0', ...env },
    });
    programs.push(program);
    return program;
  }

  async function urlOf(program: RunningProgram): Promise<string> {
    return address.exec(await program.saying(address))?.[1] ?? '';
  }

  async function ask(url: string, query: string): Promise<unknown> {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return answer.json();
  }

  async function serverPid(): Promise<number> {
    const file = join(dataDir, 'postgres', 'cluster', 'data', 'postmaster.pid');
    return Number((await readFile(file, 'utf8')).split('\n')[0]);
  }

  /** Dead at once, but listed until whoever inherited it has taken note. */
  async function expectGone(pid: number): Promise<void> {
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  }

  it('answers at the address that it prints, and Ctrl-C through npm ends everything in order', async () => {
    const program = start({}, 'npm', ['start']);
    const url = await urlOf(program);
    expect(await ask(url, '{ sales(first: 1) { totalCount } }')).toEqual({
      data: { sales: { totalCount: 0 } },
    });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const pid = await serverPid();
    program.interrupt();
    // npm's own shell ends by the signal, after the program has ended well.
    expect([0, 130, null]).toContain((await program.ended).code);
    expect(program.said()).toMatch(/Stopped\.\s*$/);
    expect(program.said()).not.toMatch(/error/i);
    await expectGone(pid);
  });

  it('starts again after kill -9 on the database that was left running, and stops it', async () => {
    const first = start();
    await urlOf(first);
    const pid = await serverPid();
    first.child.kill('SIGKILL');
    await first.ended;
    expect(isAlive(pid)).toBe(true);
    const second = start();
    await ask(await urlOf(second), '{ __typename }');
    expect(await serverPid()).toBe(pid);
    second.interrupt('SIGTERM');
    expect(await second.ended).toEqual({ code: 0, signal: null });
    await expectGone(pid);
  });

  it('can be interrupted while it starts', async () => {
    const program = start();
    await expect.poll(() => serverPid().catch(() => 0), { timeout: 60_000, interval: 10 }).toBeGreaterThan(0);
    const pid = await serverPid();
    program.interrupt();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.said()).not.toMatch(address);
    await expectGone(pid);
  });

  it('fills an empty warehouse with the simulated shop, and only an empty one', async () => {
    const first = start({ FLYWHEEL_DEMO: 'on' });
    const firstUrl = await urlOf(first);
    expect(await ask(firstUrl, '{ products(first: 1) { totalCount } }')).toEqual({
      data: { products: { totalCount: 500 } },
    });
    const total = subscribe(firstUrl, 'metric: REVENUE, every: ALL');
    await total.until(({ length }) => length > 0);
    // Its customers go on buying, so the two are looked at until nothing comes between.
    await expect
      .poll(async () => (await report(firstUrl, 'REVENUE')).REVENUE === total.received.at(-1)?.value, {
        timeout: 30_000,
      })
      .toBe(true);
    await total.stop();
    const count = '{ sales(first: 1) { totalCount } }';
    const filled = salesIn(await ask(firstUrl, count));
    first.interrupt();
    await first.ended;
    const second = start({ FLYWHEEL_DEMO: 'on' });
    expect(salesIn(await ask(await urlOf(second), count))).toBeGreaterThanOrEqual(filled);
    expect(second.said()).not.toContain('Simulating');
  });

  it('lets a command work on its database meanwhile, and goes on', async () => {
    const program = start();
    const url = await urlOf(program);
    const pid = await serverPid();
    const check = runProgram('node', [launcher, 'check-migrations'], { env: { FLYWHEEL_DATA_DIR: dataDir } });
    expect(await check.ended).toEqual({ code: 0, signal: null });
    expect(await serverPid()).toBe(pid);
    expect(await ask(url, '{ __typename }')).toEqual({ data: { __typename: 'Query' } });
  });

  async function refusal(env: Record<string, string>): Promise<string> {
    const program = start(env);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    return program.said();
  }

  /** One sentence or more on one line, and no trace of a stack. */
  const oneLine = (text: RegExp) =>
    new RegExp(`^(.*\\b(done in|\\.\\.\\.).*\\n)*[^\\n]*${text.source}[^\\n]*\\n$`);

  it('says in one sentence that its port is in use', async () => {
    const occupant = createServer();
    const port = await new Promise<number>((resolve) =>
      occupant.listen(0, '127.0.0.1', () => {
        const bound = occupant.address();
        resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
      }),
    );
    expect(await refusal({ PORT: String(port) })).toMatch(oneLine(new RegExp(`Port ${port} .*in use`)));
    await new Promise((resolve) => occupant.close(resolve));
  });

  it('says in one sentence that the database cannot be reached, without its password', async () => {
    const said = await refusal({ DATABASE_URL: 'postgresql://someone:secret@127.0.0.1:1/shop' });
    expect(said).toMatch(oneLine(/127\.0\.0\.1:1\/shop.*DATABASE_URL/));
    expect(said).not.toContain('secret');
  });

  it('says in one sentence that its folder cannot be used', async () => {
    const said = await refusal({ FLYWHEEL_DATA_DIR: join(launcher, 'inside-a-file') });
    expect(said).toMatch(oneLine(/cannot be written to.*FLYWHEEL_DATA_DIR/));
  });

  it('says in one sentence what is wrong with a setting or an option', async () => {
    expect(await refusal({ PORT: 'many' })).toMatch(oneLine(/PORT/));
    const program = start({}, 'node', [launcher, 'start', '--role', 'wheel']);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.said()).toContain('gateway or pipeline');
  });
});
