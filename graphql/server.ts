// The GraphQL server: Yoga in front of our parsing, planning and limits, with an express lane beside it.

import { GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { ErrorCode } from '../src/core/errors.js';
import type { Exchange, ExchangeHandler } from '../src/core/exchange.js';
import type { Scope } from '../src/core/scope.js';
import type { SocketHandler } from '../src/core/socket.js';
import type { PlannerOutcome } from '../src/core/telemetry.js';
import type { DecisionEvent } from '../src/events/decision.js';
import type { EventFeed } from '../src/events/event-feed.js';
import type { LiveFeed } from '../src/metrics/live.js';
import { type ContextDeps, createContext, type GatewayContext } from './context.js';
import { type CostLimit, createCostLimit } from './cost.js';
import type { DocumentLimits } from './document-limits.js';
import { createDocuments, type Documents } from './documents.js';
import { createErrorPresenter, type ErrorPresenter } from './errors.js';
import { createExecutor, type Executor } from './execute.js';
import type { CohortTelemetry } from './hub/cohort-telemetry.js';
import { createHub, type Hub } from './hub/hub.js';
import { createLane } from './lane.js';
import { createOperations } from './operation.js';
import { createPlanner } from './plan.js';
import { loadSchema } from './schema.js';
import { createSseProtocol } from './sse-protocol.js';
import { coerceVariables } from './variables.js';
import { createWsProtocol, socketProtocols } from './ws-protocol.js';

export interface GraphqlServerDeps extends ContextDeps {
  readonly limits: DocumentLimits;
  /** What subscriptions follow. */
  readonly live: LiveFeed;
  readonly events: EventFeed;
  readonly decisions: EventFeed<DecisionEvent>;
  readonly hubTelemetry: CohortTelemetry;
  /** False: every read goes through the Prisma plugin's own resolvers. */
  readonly planner: boolean;
  readonly onField?: (outcome: PlannerOutcome) => void;
  readonly onError?: (code: ErrorCode) => void;
  /** Told of bugs and outages, with their causes. */
  readonly onInternal: (error: unknown, requestId: string) => void;
}

interface ServerContext extends GatewayContext {
  readonly exchange: Exchange;
}

interface Parts {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly costLimit: CostLimit;
  readonly executor: Executor;
  readonly presenter: ErrorPresenter;
}

/** Yoga's own steps, led to ours: one cache of documents, one set of limits, one executor. */
function usePipeline(parts: Parts): Plugin<ServerContext> {
  const { schema, documents, costLimit, executor, presenter } = parts;
  return {
    onParse({ params, setParsedDocument }) {
      try {
        setParsedDocument(documents.parse(String(params.source)));
      } catch (error) {
        // What stands in a request that was not executed tells Yoga the status that the media type asks for.
        if (error instanceof GraphQLError) error.extensions.http = { spec: true, status: 400 };
        throw error;
      }
    },
    onValidate({ params, setResult, context }) {
      const errors = documents.validate(params.documentAST);
      const { requestId } = context;
      setResult(errors.map((error) => presenter.present(error, 'GRAPHQL_VALIDATION_FAILED', requestId)));
    },
    onExecute({ args, setExecuteFn, setResultAndStopExecution }) {
      const { document, operationName, contextValue: context, variableValues } = args;
      const operation = documents.operation(document, operationName);
      if (!operation) return;
      const raw = variableValues ?? {};
      const refuse = (found: readonly unknown[]) =>
        setResultAndStopExecution({
          errors: found.map((error) => presenter.present(error, 'BAD_INPUT', context.requestId)),
        });
      const { coerced, errors } = coerceVariables(schema, operation, raw);
      if (!coerced) return refuse(errors);
      try {
        costLimit.check(document, operation, coerced);
      } catch (error) {
        return refuse([error]);
      }
      if (operation.operation !== OperationTypeNode.QUERY) return;
      setExecuteFn(() => executor.execute({ document, operation, variables: coerced, context }, raw));
    },
  };
}

function createFullWay(parts: Parts) {
  const { schema, presenter } = parts;
  return createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    // The page, CORS, the size of bodies and health are the door's.
    graphiql: false,
    landingPage: false,
    cors: false,
    maxRequestBodySize: false,
    parserAndValidationCache: false,
    logging: false,
    multipart: false,
    batching: false,
    maskedErrors: {
      // Yoga hands over the error alone; the request id stands in what the presenter already made of it.
      maskError: (error) => presenter.present(error, 'BAD_INPUT', 'unknown'),
      errorMessage: 'Something went wrong on our side.',
    },
    plugins: [usePipeline(parts)],
  });
}

function headersOf({ request }: Exchange): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name.startsWith(':')) continue;
    headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // The door lets nothing else in; Yoga would take offence at capitals in it.
  if (request.method === 'POST') headers.set('content-type', 'application/json');
  return headers;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Why a request cannot be read, as its sender reads it; undefined for one that can. */
function unreadable({ request, body }: Exchange): string | undefined {
  if (request.method === 'POST') {
    if (isJson(body.toString())) return undefined;
    return 'The body is not JSON. Send an object such as {"query": "{ products(first: 3) { nodes { code } } }"}.';
  }
  const params = new URL(request.url ?? '', 'http://localhost').searchParams;
  for (const name of ['variables', 'extensions']) {
    if (!isJson(params.get(name) || 'null'))
      return `The parameter ${name} is not JSON. Send an object such as {"first": 3}.`;
  }
  return undefined;
}

function refuse({ request, response, requestId }: Exchange, message: string): void {
  const isResponseType = request.headers.accept?.includes('application/graphql-response+json') === true;
  response.writeHead(400, {
    'content-type': `application/${isResponseType ? 'graphql-response+json' : 'json'}; charset=utf-8`,
  });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_INPUT', requestId } }] }));
}

async function answerInFull(
  yoga: ReturnType<typeof createFullWay>,
  exchange: Exchange,
  context: GatewayContext,
): Promise<void> {
  const { request, response, body } = exchange;
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  // Not the Host header: what it says need not be an address.
  const address = `http://localhost${request.url ?? '/graphql'}`;
  const answer = await yoga.fetch(
    address,
    {
      method: request.method ?? 'GET',
      headers: headersOf(exchange),
      ...(hasBody ? { body: body.toString() } : {}),
    },
    { ...context, exchange },
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  const reader = answer.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    response.write(part.value);
  }
  response.end();
}

export interface GraphqlServer {
  readonly handle: ExchangeHandler;
  /** Takes over the WebSockets at /graphql, which speak one of these protocols. */
  readonly sockets: SocketHandler;
  readonly socketProtocols: readonly string[];
  readonly hub: Hub;
  /** Ends the event streams that are open; their readers connect again. Sockets are closed by whoever opened them. */
  close(): void;
}

/** Creates the handler of /graphql. */
export async function createGraphqlServer(deps: GraphqlServerDeps): Promise<GraphqlServer> {
  const schema = await loadSchema();
  const onError = deps.onError ?? (() => undefined);
  const presenter = createErrorPresenter({ onInternal: deps.onInternal, onError });
  const executor = createExecutor({
    schema,
    presenter,
    planner: deps.planner ? createPlanner(schema) : undefined,
    onFault: deps.onInternal,
    ...(deps.onField ? { onField: deps.onField } : {}),
  });
  const documents = createDocuments(schema, deps.limits);
  const costLimit = createCostLimit(schema, deps.services.limits.costRows);
  const parts: Parts = { schema, documents, costLimit, executor, presenter };
  const contextFor = (
    scope: Scope,
    requestId: string,
    onAbandon: GatewayContext['onAbandon'],
    isGet = false,
  ) => createContext(deps, scope, requestId, onAbandon, isGet);
  const contextOf = (exchange: Exchange) =>
    contextFor(
      exchange.scope,
      exchange.requestId,
      (callback) => exchange.onAbandon(callback),
      exchange.request.method === 'GET',
    );
  const yoga = createFullWay(parts);
  const lane = createLane({ schema, documents, costLimit, executor, contextOf });
  const operations = createOperations(parts);
  const hub = createHub({
    schema,
    presenter,
    live: deps.live,
    events: deps.events,
    decisions: deps.decisions,
    trainings: deps.services.trainings,
    telemetry: deps.hubTelemetry,
    // What cohorts render waits for nothing, so there is nothing to abandon.
    contextOf: (scope) => contextFor(scope, 'subscription', () => undefined),
  });
  const streams = createSseProtocol({
    hub,
    operations,
    contextOf: ({ scope, requestId, request }, onAbandon) =>
      contextFor(scope, requestId, onAbandon, request.method === 'GET'),
  });

  return {
    hub,
    socketProtocols,
    sockets: createWsProtocol({ hub, operations, contextOf: contextFor }),
    close: () => streams.close(),
    async handle(exchange) {
      if (streams.handle(exchange) || (await lane(exchange))) return;
      const fault = unreadable(exchange);
      if (fault !== undefined) {
        onError('BAD_INPUT');
        return refuse(exchange, fault);
      }
      await answerInFull(yoga, exchange, contextOf(exchange));
    },
  };
}
