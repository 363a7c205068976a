// The planner and the Prisma plugin's own resolvers answer every document with the same bytes.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillOddShop } from '../support/odd-shop.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';
import { corpus } from './corpus.js';

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
});
