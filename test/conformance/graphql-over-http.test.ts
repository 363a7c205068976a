// Holds that the gateway speaks GraphQL over HTTP: every audit of graphql-http passes through the real door.

import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

describe('GraphQL over HTTP', () => {
  let database: TestDatabase;
  let gateway: Gateway;

  beforeAll(async () => {
    database = await createTestDatabase();
    gateway = await startGateway(database);
  });

  afterAll(async () => {
    await gateway?.close();
    await database?.close();
  });

  const audits = serverAudits({ url: () => `${gateway.url}/graphql` });

  it('is audited in all points that graphql-http knows', () => {
    expect(audits.length).toBeGreaterThanOrEqual(61);
  });

  // A document that was seen before may be answered on a shorter way, which must speak just the same.
  for (const pass of ['at first', 'again']) {
    describe(pass, () => {
      for (const { id, name, fn } of audits) {
        it(`${id}: ${name}`, async () => {
          const result = await fn();
          expect(result.status === 'ok' ? 'ok' : result.reason).toBe('ok');
        });
      }
    });
  }
});
