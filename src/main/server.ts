// What answers behind the door: /graphql with its page and its subscriptions, and /events.

import { createGraphiqlHandler } from '../../graphql/graphiql.js';
import { createGraphiqlExamples } from '../../graphql/graphiql-examples.js';
import { createGraphqlServer } from '../../graphql/server.js';
import { systemClock } from '../core/clock.js';
import { createHubTelemetry } from '../core/hub-telemetry.js';
import { unlessStopped } from '../core/lifecycle.js';
import { createEventsHandler } from '../door/events.js';
import { createCollector } from '../events/collect.js';
import { type DecisionEvent, decodeDecision } from '../events/decision.js';
import { createEventFeed, type EventFeed } from '../events/event-feed.js';
import { createCampaigns } from '../flywheel/campaigns/campaigns.js';
import { createDecider } from '../flywheel/decide/decider.js';
import { createDecisionLog } from '../flywheel/decision-log.js';
import { createWheelProgress } from '../flywheel/progress.js';
import { createWheelReports } from '../flywheel/report/reports.js';
import { createSwitches } from '../flywheel/switches.js';
import { createWebhooks } from '../flywheel/webhooks/webhooks.js';
import { definitions } from '../metrics/definitions.js';
import { createLiveFeed, type RunningLiveFeed } from '../metrics/live-feed.js';
import { createReports } from '../metrics/reports.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { createTrainings } from '../services/host/trainings.js';
import { catalogue } from '../warehouse/catalogue.js';
import type { Database } from '../warehouse/database.js';
import { checkHealth } from '../warehouse/health.js';
import { createReader } from '../warehouse/read/reader.js';
import { readProductSeries } from '../warehouse/service-reads/product-series.js';
import { readProducts } from '../warehouse/service-reads/products.js';
import { readStock } from '../warehouse/wheel/stock.js';
import { campaignDeps } from './campaigns.js';
import type { Server } from './entrance.js';
import type { Foundations } from './foundations.js';
import type { ServicesStarter } from './services.js';
import type { Streams } from './streams.js';
import { createTrialWatch } from './trial-watch.js';
import { createUnconfirmedReport } from './unconfirmed.js';
import { responseKey } from './wheel.js';

interface Feeds {
  readonly live: RunningLiveFeed;
  readonly events: EventFeed;
  readonly decisions: EventFeed<DecisionEvent>;
}

/** Follows the results, so that subscriptions can be served. */
async function startFeeds(
  { config, lifecycle, log: logger }: Foundations,
  { log, decoders }: Streams,
  database: Database,
): Promise<Feeds> {
  const onFault = (error: unknown) => logger.warn({ error }, 'subscriptions go on as soon as the log does');
  const live = await lifecycle.start({
    name: 'live metrics',
    start: async (signal) => {
      const feed = createLiveFeed({
        log,
        database,
        definitions,
        resultsTopic: config.topics.results,
        onFault,
      });
      await unlessStopped(feed.start(), signal);
      return feed;
    },
    stop: (feed) => feed.close(),
  });
  const events = await lifecycle.start({
    name: 'feed of events',
    start: () => createEventFeed({ log, decoders, onFault }),
    stop: (feed) => feed.close(),
  });
  const decisions = await lifecycle.start({
    name: 'feed of decisions',
    start: () =>
      createEventFeed({
        log,
        decoders: new Map([[config.topics.decisions, decodeDecision]]),
        onFault,
      }),
    stop: (feed) => feed.close(),
  });
  return { live, events, decisions };
}

/** Creates everything that answers; `pipeline` is that of the same process, if it has one. */
export async function createServer(
  foundations: Foundations,
  streams: Streams,
  database: Database,
  pipeline: Pipeline | undefined,
  { models, startAll }: ServicesStarter,
): Promise<Server> {
  const { config, log, telemetry } = foundations;
  const feeds = await startFeeds(foundations, streams, database);
  const reports = createReports({ database, catalogue, definitions });
  const page = createGraphiqlHandler({
    needsKey: config.apiKeys.length > 0,
    examples: createGraphiqlExamples({ reports, clock: systemClock, log }),
  });
  const collector = createCollector({
    log: streams.log,
    topics: config.topics,
    timeZone: config.stream.timeZone,
    clock: systemClock,
  });
  const onInternal = (error: unknown, requestId: string) =>
    log.error({ requestId, error }, 'a request failed for a reason of ours');
  const onError = telemetry.error;
  const modelServices = await startAll();
  const hubTelemetry = createHubTelemetry(telemetry.registry, systemClock);
  const graphql = await createGraphqlServer({
    services: {
      prisma: database.prisma,
      reader: createReader({ database, catalogue }),
      reports,
      wheelReports: createWheelReports({
        database,
        attributionWindowMs: config.wheel.attributionWindowMs,
      }),
      readProducts: (codes, signal) => readProducts(database, codes, signal),
      readProductSeries: (query) => readProductSeries(database, query),
      readStock: (codes, signal) => readStock(database, codes, signal),
      reorderTerms: config.wheel.reorder,
      collector,
      decider: createDecider({
        ...config.wheel,
        ...modelServices,
        database,
        log: createDecisionLog(streams.log, config.topics.decisions),
        clock: systemClock,
        topics: [...streams.decoders.keys()],
        challenger: createTrialWatch(models),
        onUnconfirmed: createUnconfirmedReport(telemetry.registry, log),
      }),
      progress: createWheelProgress({
        log: streams.log,
        database,
        topics: [...streams.decoders.keys(), config.topics.decisions],
        learner: responseKey(),
        latenessMs: config.stream.latenessMs,
      }),
      switches: createSwitches(database),
      campaigns: createCampaigns(campaignDeps(foundations, streams, database)),
      limits: config.limits,
      models,
      trainings: createTrainings({ database, listener: streams.listener }),
      webhooks: createWebhooks({ database, ...config.webhooks }),
    },
    modelServices,
    ...feeds,
    hubTelemetry,
    limits: config.limits,
    planner: config.planner,
    onField: telemetry.planner,
    onError,
    onInternal,
  });
  hubTelemetry.watchHub(() => graphql.hub.state());
  return {
    graphql: graphql.handle,
    page,
    events: createEventsHandler({ collector, onError, onInternal }),
    sockets: graphql.sockets,
    endStreams: graphql.close,
    checks: {
      database: () => checkHealth(database),
      'event log': () => streams.log.check(),
      pipeline: async () => pipeline?.check(),
    },
  };
}
