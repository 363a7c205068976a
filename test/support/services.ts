// What resolvers reach, over a test database.

import type { GatewayContext } from '../../graphql/context.js';
import { systemClock } from '../../src/core/clock.js';
import { createCollector } from '../../src/events/collect.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createReports } from '../../src/metrics/reports.js';
import { createAppender } from '../../src/stream/postgres-append.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import type { Database } from '../../src/warehouse/database.js';
import type { Reader } from '../../src/warehouse/read/reader.js';

/** Where the collector appends; to be created by a test that hands over events. */
export const testTopics = { behaviour: 'user-behavior', measurement: 'data_stream' };

/** The services of a gateway with its usual limits. */
export function createTestServices(
  database: Database,
  reader: Reader,
): Omit<GatewayContext, 'scope' | 'requestId' | 'onAbandon'> {
  const reports = createReports({ database, catalogue, definitions });
  const collector = createCollector({
    log: createAppender({ pool: database.pool, onFault: () => undefined }),
    topics: testTopics,
    timeZone: 'UTC',
    clock: systemClock,
  });
  const limits = { pageRows: 500, costRows: 100_000 };
  return { prisma: database.prisma, reader, reports, collector, limits };
}
