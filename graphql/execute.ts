// Executes a query: what is planned in one statement for each root field, the rest through its resolvers.

import {
  type FieldNode as Ast,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { FlywheelError } from '../src/core/errors.js';
import type { PlannerOutcome } from '../src/core/telemetry.js';
import type { ReadRequest } from '../src/warehouse/read/reader.js';
import type { Read } from '../src/warehouse/read/tree.js';
import type { GatewayContext } from './context.js';
import type { ErrorPresenter } from './errors.js';
import { parseGlobalId } from './global-id.js';
import { findModelApi } from './model.js';
import { keyParts } from './node.js';
import type { Plan, PlannedField, Planner, RootField } from './plan.js';
import { resolveQuery } from './resolve-query.js';

type Variables = Readonly<Record<string, unknown>>;

export interface QueryRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Coerced by the schema. */
  readonly variables: Variables;
  readonly context: GatewayContext;
}

export interface ExecutorDeps {
  readonly schema: GraphQLSchema;
  /** Undefined: every field goes through its resolver. */
  readonly planner: Planner | undefined;
  readonly presenter: ErrorPresenter;
  readonly onField?: (outcome: PlannerOutcome) => void;
  /** Told when a planned statement fails though nothing is wrong with the request: its fields fall through. */
  readonly onFault?: (error: unknown, requestId: string) => void;
}

/** A result that may carry its data as finished JSON text. */
export interface GatewayResult extends ExecutionResult {
  /** How the result is written; `data` of a planned query stands only in this text. */
  stringify?: (result: ExecutionResult) => string;
}

/** Null stands for a field that needs no read, because nothing can be found. */
function readRequest(field: PlannedField, variables: Variables, context: GatewayContext): ReadRequest | null {
  const reads: Read[] = [];
  for (const make of field.makers) {
    const read = make(variables, context);
    if (!read) return null;
    reads.push(read);
  }
  const { id, root } = field;
  if (!field.ids) return { id, root, reads };
  const ids = field.ids(variables).map((globalId) => {
    const { typename, id: key } = parseGlobalId(globalId);
    const api = findModelApi(typename);
    return [typename, ...((api && keyParts(api, key)) ?? [null])];
  });
  return { id, root, reads, ids: JSON.stringify(ids) };
}

/** Faults that its resolver would meet in the same way; anything else is asked again through the resolver. */
const lastingCodes: ReadonlySet<string> = new Set(['UNAVAILABLE', 'TIMEOUT', 'CANCELLED']);

/**
 * The JSON text of the planned fields by key, or that of the whole answer when it is one field. Undefined when
 * a field's arguments or values are at fault: its resolver then says so in its own words. Fails with UNAVAILABLE, TIMEOUT or CANCELLED.
 */
async function readPlanned(
  { planned: fields, envelope }: Plan,
  variables: Variables,
  context: GatewayContext,
  onFault: (error: unknown) => void,
): Promise<Map<string, string> | string | undefined> {
  const texts = new Map<string, string>();
  const asked: { key: string; planned: PlannedField; request: ReadRequest }[] = [];
  try {
    for (const { key, planned } of fields) {
      if (planned === undefined) continue;
      if (typeof planned === 'string') {
        texts.set(key, planned);
        continue;
      }
      const request = readRequest(planned, variables, context);
      if (request && envelope) {
        const whole = { ...request, envelope };
        const [text = ''] = await context.reader.read([whole], context.scope, context.onAbandon);
        return text;
      }
      if (request) asked.push({ key, planned, request });
      else texts.set(key, 'null');
    }
    if (asked.length === 0) return texts;
    const requests = asked.map(({ request }) => request);
    const answers = await context.reader.read(requests, context.scope, context.onAbandon);
    answers.forEach((text, place) => {
      const field = asked[place];
      if (field) texts.set(field.key, field.planned.single ? text.slice(1, -1) : text);
    });
    return texts;
  } catch (error) {
    if (!(error instanceof FlywheelError)) onFault(error);
    else if (lastingCodes.has(error.code)) throw error;
    return undefined;
  }
}

/** The answer of a query whose every root field was planned and read. */
function dataText(plan: Plan, texts: ReadonlyMap<string, string>): string {
  let text = '';
  for (const { key } of plan.fields) {
    text += `${text === '' ? '{' : ','}${JSON.stringify(key)}:${texts.get(key) ?? 'null'}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** The request for some of its fields only. */
function requestOf(request: QueryRequest, fields: readonly RootField[]): QueryRequest {
  const selections: Ast[] = fields.flatMap(({ nodes }) => [...nodes]);
  const operation = { ...request.operation, selectionSet: { kind: Kind.SELECTION_SET, selections } } as const;
  const definitions = request.document.definitions.map((definition) =>
    definition === request.operation ? operation : definition,
  );
  return { ...request, operation, document: { ...request.document, definitions } };
}

export interface Executor {
  /** Executes a query within the limits; every error of the result is as the caller may see it. */
  execute(request: QueryRequest, rawVariables: Variables): Promise<GatewayResult>;
}

/** Creates the executor of queries. */
export function createExecutor({ schema, planner, presenter, onField, onFault }: ExecutorDeps): Executor {
  function throughResolvers(request: QueryRequest, rawVariables: Variables) {
    const { document, operation, context } = request;
    const result = resolveQuery({ schema, ...request });
    if (result !== undefined) return result;
    return execute({
      schema,
      document,
      contextValue: context,
      variableValues: { ...rawVariables },
      operationName: operation.name?.value ?? null,
    });
  }

  function failed(fields: readonly RootField[], error: unknown): ExecutionResult {
    const errors = fields.map(
      ({ key, nodes }) =>
        new GraphQLError(error instanceof Error ? error.message : String(error), {
          nodes,
          path: [key],
          originalError: error instanceof Error ? error : null,
        }),
    );
    const data = fields.some(({ nullable }) => !nullable) ? null : {};
    return { errors, data };
  }

  async function answer(request: QueryRequest, rawVariables: Variables): Promise<GatewayResult> {
    const plan = planner?.plan(request.document, request.operation, request.variables);
    if (!plan || (plan.planned.length === 0 && plan.fields.length > 0)) {
      onField?.('fallthrough');
      return throughResolvers(request, rawVariables);
    }
    let texts: Map<string, string> | string | undefined;
    let fault: ExecutionResult = { data: {} };
    try {
      const { requestId } = request.context;
      texts = await readPlanned(plan, request.variables, request.context, (error) =>
        onFault?.(error, requestId),
      );
    } catch (error) {
      fault = failed(plan.planned, error);
    }
    if (!texts && !fault.errors) {
      onField?.('fallthrough');
      return throughResolvers(request, rawVariables);
    }
    for (const { planned } of plan.fields) onField?.(planned ? 'planned' : 'fallthrough');
    if (typeof texts === 'string') return wholeResult(texts);
    const other =
      plan.rest.length === 0
        ? { data: {} }
        : await throughResolvers(requestOf(request, plan.rest), rawVariables);
    return merge(plan, texts ?? new Map(), [fault, other]);
  }

  return {
    async execute(request, rawVariables) {
      const result = await answer(request, rawVariables);
      if (!result.errors) return result;
      const { requestId } = request.context;
      return {
        ...result,
        errors: result.errors.map((error) => presenter.present(error, 'BAD_INPUT', requestId)),
      };
    },
  };
}

/** A result whose text is finished. */
function wholeResult(text: string): GatewayResult {
  return { data: {}, stringify: () => text };
}

/** One result from the texts of planned fields and the values of the others, keys in the order of the query. */
function merge(
  plan: Plan,
  texts: ReadonlyMap<string, string>,
  results: readonly ExecutionResult[],
): GatewayResult {
  const errors = results.flatMap((result) => result.errors ?? []);
  const isNull = results.some((result) => result.data === null || result.data === undefined);
  const all = new Map(texts);
  for (const result of results) {
    for (const [key, value] of Object.entries(result.data ?? {})) all.set(key, JSON.stringify(value));
  }
  const text = isNull ? 'null' : dataText(plan, all);
  return {
    ...(errors.length === 0 ? {} : { errors }),
    data: isNull ? null : {},
    stringify: (result) => {
      const head = result.errors ? `"errors":${JSON.stringify(result.errors)},` : '';
      return `{${head}"data":${text}}`;
    },
  };
}
