// One training in a thread of its own: what ends it.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainInThread } from '../../../src/services/host/training-thread.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { typescriptThreads } from '../../support/threads.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('hears that it is cancelled in the midst of a computation', { timeout: 60_000 }, async () => {
  const cancelling = new AbortController();
  const training = trainInThread({
    service: 'learning',
    place: {
      entry: new URL('multiplier-thread.ts', import.meta.url),
      databaseUrl: database.url,
      execArgv: typescriptThreads,
    },
    seed: -3,
    promoteIfBetter: true,
    signal: cancelling.signal,
    // Far longer than the test may last: it must end by itself.
    graceMs: 600_000,
    onProgress: ({ step }) => {
      if (step !== null) cancelling.abort();
    },
  });
  await expect(training).rejects.toMatchObject({ code: 'CANCELLED' });
});
