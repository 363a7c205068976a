// The planner and the Prisma plugin's own resolvers answer every document with the same bytes.

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillOddShop } from '../support/odd-shop.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';
import { corpus } from './corpus.js';
import { DocumentWriter } from './random-document.js';

describe('planner and plugin', () => {
  let database: TestDatabase;
  let paths: TwoPaths;

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillOddShop(database);
    paths = await createTwoPaths(database);
  });
  afterAll(() => database?.close());

  for (const { name, query, variables } of corpus) {
    it(`agree on ${name}, and the planner takes it`, async () => {
      const planned = await paths.planned(query, variables);
      const plain = await paths.plain(query, variables);
      expect(planned.text).toBe(plain.text);
      expect(planned.text).not.toContain('"errors"');
      expect(planned.outcomes).not.toContain('fallthrough');
    });
  }

  it('agree on two thousand random documents', { timeout: 600_000 }, async () => {
    let taken = 0;
    let errors = 0;
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (gen) => {
        const { query, variables } = new DocumentWriter(paths.schema, gen).write();
        const planned = await paths.planned(query, variables);
        const plain = await paths.plain(query, variables);
        expect(planned.text, `${query}\n${JSON.stringify(variables)}`).toBe(plain.text);
        if (planned.text.startsWith('{"errors"')) errors++;
        else if (!planned.outcomes.includes('fallthrough')) taken++;
      }),
      { seed: 20_240_101, numRuns: 2_000, endOnFailure: true },
    );
    // Arguments that are refused fall through, and are refused in the same words. So do those of a fragment
    // on a type that a node turns out not to have, which only the planner looks at; nothing else does.
    expect(errors).toBeLessThan(600);
    expect(2_000 - taken - errors).toBeLessThan(100);
  });
});
