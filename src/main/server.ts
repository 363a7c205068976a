// What answers at /graphql.

import { createGraphiqlHandler } from '../../graphql/graphiql.js';
import { createGraphiqlExamples } from '../../graphql/graphiql-examples.js';
import { createGraphqlServer } from '../../graphql/server.js';
import { systemClock } from '../core/clock.js';
import type { ExchangeHandler } from '../core/exchange.js';
import { definitions } from '../metrics/definitions.js';
import { createReports } from '../metrics/reports.js';
import { catalogue } from '../warehouse/catalogue.js';
import type { Database } from '../warehouse/database.js';
import { createReader } from '../warehouse/read/reader.js';
import type { Foundations } from './foundations.js';

/** The two handlers of /graphql. */
export interface Server {
  readonly graphql: ExchangeHandler;
  readonly page: ExchangeHandler;
}

export async function createServer(
  { config, log, telemetry }: Foundations,
  database: Database,
): Promise<Server> {
  const reports = createReports({ database, catalogue, definitions });
  const page = createGraphiqlHandler({
    needsKey: config.apiKeys.length > 0,
    examples: createGraphiqlExamples({ reports, clock: systemClock, log }),
  });
  const { handle } = await createGraphqlServer({
    services: {
      prisma: database.prisma,
      reader: createReader({ database, catalogue }),
      reports,
      limits: config.limits,
    },
    limits: config.limits,
    planner: config.planner,
    onField: (outcome) => telemetry.planner(outcome),
    onError: (code) => telemetry.error(code),
    onInternal: (error, requestId) =>
      log.error({ requestId, error }, 'a request failed for a reason of ours'),
  });
  return { graphql: handle, page };
}
