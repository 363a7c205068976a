// The two ways of answering a query: the planner's statements, and the Prisma plugin's own resolvers.

import { type GraphQLSchema, getVariableValues, Kind, parse, validate } from 'graphql';
import { createErrorPresenter } from '../../graphql/errors.js';
import { createExecutor } from '../../graphql/execute.js';
import { createPlanner } from '../../graphql/plan.js';
import { loadSchema } from '../../graphql/schema.js';
import type { PlannerOutcome } from '../../src/core/telemetry.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createReader } from '../../src/warehouse/read/reader.js';
import { createTestModelServices } from './model-services.js';
import type { TestDatabase } from './postgres.js';
import { createTestContext, createTestServices } from './services.js';

export interface Answer {
  readonly text: string;
  readonly outcomes: readonly PlannerOutcome[];
  /** Statements that the planner's reader ran. */
  readonly statements: number;
}

type Variables = Readonly<Record<string, unknown>>;

export interface TwoPaths {
  readonly schema: GraphQLSchema;
  planned(query: string, variables?: Variables): Promise<Answer>;
  plain(query: string, variables?: Variables): Promise<Answer>;
}

function fail(error: unknown): never {
  throw error;
}

/** Both paths over one database; a document that is not valid fails. `onCall` sees the calls of model services. */
export async function createTwoPaths(
  database: TestDatabase,
  onCall?: Parameters<typeof createTestModelServices>[1],
): Promise<TwoPaths> {
  const schema = await loadSchema();
  let outcomes: PlannerOutcome[] = [];
  let statements = 0;
  const presenter = createErrorPresenter({
    onError: () => undefined,
    // A bug must fail the test that met it, with its cause.
    onInternal: fail,
  });
  const reader = createReader({ database, catalogue, onStatement: () => statements++ });
  const services = createTestServices(database, reader);
  const modelServices = createTestModelServices(database, onCall);
  const onField = (outcome: PlannerOutcome) => outcomes.push(outcome);
  const executors = {
    planned: createExecutor({ schema, presenter, planner: createPlanner(schema), onField, onFault: fail }),
    plain: createExecutor({ schema, presenter, planner: undefined, onField }),
  };

  async function answer(path: keyof typeof executors, query: string, raw: Variables): Promise<Answer> {
    outcomes = [];
    statements = 0;
    const document = parse(query);
    const faults = validate(schema, document);
    if (faults.length > 0) throw new Error(`${faults.map(String).join('\n')}\n${query}`);
    const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('The document has no operation.');
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], raw);
    if (!coerced) throw new Error(`${errors.map(String).join('\n')}\n${query}`);
    const context = createTestContext(services, modelServices);
    const request = { document, operation, variables: coerced, context };
    const result = await executors[path].execute(request, raw);
    const text = result.stringify ? result.stringify(result) : JSON.stringify(result);
    return { text, outcomes, statements };
  }

  return {
    schema,
    planned: (query, variables = {}) => answer('planned', query, variables),
    plain: (query, variables = {}) => answer('plain', query, variables),
  };
}
