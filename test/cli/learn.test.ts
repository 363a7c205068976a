// `flywheel learn`: a learner begins anew, and what is asked wrongly is said.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learnNext } from '../../src/services/learning/consume.js';
import { blockOf } from '../../src/services/learning/example-block.js';
import { learners } from '../../src/services/learning/learners.js';
import { readyLearner } from '../../src/services/learning/ready-learner.js';
import { addBlocks } from '../../src/warehouse/examples.js';
import { readStates } from '../../src/warehouse/learner-states.js';
import { inTransaction } from '../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { launcher, runProgram } from '../support/program.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

async function run(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const program = runProgram('node', [launcher, ...args], { env: { DATABASE_URL: database.url } });
  const { code } = await program.ended;
  return { code, said: program.said() };
}

describe('flywheel learn', { timeout: 60_000 }, () => {
  it('puts a learner before its first example, from where it comes to know the same', async () => {
    const [line] = learners.filter(({ name }) => name === 'line').map(readyLearner);
    if (line === undefined) throw new Error('line is not declared.');
    const examples = blockOf([4, 5, 6].map((outcome) => ({ features: { x1: outcome, x2: 1 }, outcome })));
    await inTransaction(database, (session) => addBlocks(session, [{ learner: 'line', count: 3, examples }]));
    await learnNext(database, line);
    const learned = await readStates(database);
    const { code, said } = await run('learn', 'line', '--anew');
    expect(said).toContain('line has forgotten what it knew; the pipeline learns the 3 examples');
    expect(code).toBe(0);
    expect(await readStates(database)).toMatchObject([{ learner: 'line', next: 0n }]);
    expect(await learnNext(database, line)).toMatchObject({ examples: 3 });
    expect(await readStates(database)).toEqual(learned);
  });

  it('says what it can do', async () => {
    const unknown = await run('learn', 'curve', '--anew');
    expect(unknown).toMatchObject({ code: 1, said: expect.stringContaining('line, click, purchase') });
    const how = await run('learn', 'line');
    expect(how).toMatchObject({ code: 1, said: expect.stringContaining('--anew') });
  });
});
