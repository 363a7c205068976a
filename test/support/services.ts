// What resolvers reach, over a test database.

import type { GatewayContext } from '../../graphql/context.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createReports } from '../../src/metrics/reports.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import type { Database } from '../../src/warehouse/database.js';
import type { Reader } from '../../src/warehouse/read/reader.js';

/** The services of a gateway with its usual limits. */
export function createTestServices(
  database: Database,
  reader: Reader,
): Omit<GatewayContext, 'scope' | 'requestId' | 'onAbandon'> {
  const reports = createReports({ database, catalogue, definitions });
  return { prisma: database.prisma, reader, reports, limits: { pageRows: 500, costRows: 100_000 } };
}
