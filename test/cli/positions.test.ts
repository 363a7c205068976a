import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPosition, stopPosition } from '../../src/warehouse/stream/positions.js';
import { openLog } from '../pipeline/running.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { launcher, runProgram } from '../support/program.js';

let database: TestDatabase;
const group = 'flywheel';

async function flywheel(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const program = runProgram('node', [launcher, ...args], { env: { DATABASE_URL: database.url } });
  const { code } = await program.ended;
  return { code, said: program.said() };
}

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

describe('flywheel positions', { timeout: 120_000 }, () => {
  it('says where every partition stands, and moves it', async () => {
    expect((await flywheel('positions')).said).toContain('Nothing was read yet');

    const { log, close } = openLog(database);
    await log.ensureTopics([{ name: 'user-behavior', partitions: 2 }]);
    for (const range of await log.ends('user-behavior')) await openPosition(database, group, range, null);
    await log.append(
      'user-behavior',
      Array.from({ length: 30 }, (_, index) => ({ key: `${index}`, value: '{}' })),
    );
    const [first] = await log.ends('user-behavior');
    await close();
    if (first === undefined) throw new Error('The topic has no partition.');
    await stopPosition(database, { ...first, group }, 'It was stopped for a reason.');

    const listed = await flywheel('positions');
    expect(listed.code).toBe(0);
    expect(listed.said).toMatch(/^group +topic +partition +next +end +lag/m);
    expect(listed.said).toMatch(
      new RegExp(`^flywheel +user-behavior +0 +0 +${first.end} +${first.end} `, 'm'),
    );
    expect(listed.said).toContain('It was stopped for a reason.');

    const skipped = await flywheel('positions', 'skip', 'user-behavior/0');
    expect(skipped).toMatchObject({
      code: 0,
      said: expect.stringContaining(`user-behavior/0 goes on at ${first.end}.`),
    });
    expect((await flywheel('positions', 'list')).said).not.toContain('It was stopped');
    expect((await flywheel('positions', 'reset', 'user-behavior')).said).toContain(
      'user-behavior/1 goes on at 0.',
    );
    const unknown = await flywheel('positions', 'skip', 'user-behavior/9');
    expect(unknown).toMatchObject({
      code: 1,
      said: expect.stringContaining('There is no partition user-behavior/9'),
    });
  });
});
