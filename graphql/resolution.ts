// One query on its way through its resolvers: steps that are made once, taken for every row of a list.

import {
  type FieldNode as Ast,
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getNullableType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  locatedError,
  type OperationDefinitionNode,
  responsePathAsArray,
  TypeNameMetaFieldDef,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';

export interface ResolvedQuery {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  /** A query of the document. */
  readonly operation: OperationDefinitionNode;
  /** Coerced by the schema. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
}

type Path = GraphQLResolveInfo['path'];
type Field = GraphQLField<unknown, unknown>;
type Complete = (value: unknown, path: Path | undefined) => unknown;

/** One selected field of an object type, the same for every object. */
interface Step {
  readonly key: string;
  readonly field: Field;
  readonly nodes: readonly Ast[];
  readonly parentType: GraphQLObjectType;
  readonly isNullable: boolean;
  /**
   * Whether its resolver takes the info: those of ours that do name it as their fourth parameter. One that came by it
   * otherwise, such as by rest parameters, would be told the path of the first object.
   */
  readonly takesInfo: boolean;
  /** Whether the path is asked for by nothing but an error. */
  readonly isPathless: boolean;
  readonly complete: Complete;
  /** Read once, at the first object. */
  args: Record<string, unknown> | undefined;
  /** Made anew for each object only where it is taken. */
  info: GraphQLResolveInfo | undefined;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

const pathOf = ({ key, parentType }: Step, prev: Path | undefined): Path => ({
  prev,
  key,
  typename: parentType.name,
});

/** One query on its way: what stands once for all of its rows. */
export class Resolution {
  readonly #query: ResolvedQuery;
  readonly #fragments: Record<string, FragmentDefinitionNode> = {};
  readonly #errors: GraphQLError[] = [];
  /** The paths of what errors have made null: nothing beneath is told. */
  readonly #nulled = new Set<Path | undefined>();

  constructor(query: ResolvedQuery) {
    this.#query = query;
    for (const definition of query.document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments[definition.name.value] = definition;
    }
  }

  run(type: GraphQLObjectType): ExecutionResult | PromiseLike<ExecutionResult> {
    const refused = (error: unknown): ExecutionResult => {
      this.#collect(error, undefined);
      return this.#result(null);
    };
    try {
      const { schema, operation, variables } = this.#query;
      const selected = collectFields(schema, this.#fragments, { ...variables }, type, operation.selectionSet);
      const data = this.#runSteps(this.#stepsOf(type, selected), undefined, undefined);
      if (!isThenable(data)) return this.#result(data);
      return data.then((resolved) => this.#result(resolved), refused);
    } catch (error) {
      return refused(error);
    }
  }

  #result(data: unknown): ExecutionResult {
    const told = typeof data === 'object' && data !== null ? { ...data } : null;
    return this.#errors.length === 0 ? { data: told } : { errors: this.#errors, data: told };
  }

  #collect(error: unknown, path: Path | undefined): void {
    for (let at = path; at !== undefined; at = at.prev) if (this.#nulled.has(at)) return;
    if (this.#nulled.has(undefined)) return;
    this.#nulled.add(path);
    this.#errors.push(error instanceof GraphQLError ? error : new GraphQLError(String(error)));
  }

  /** Null where there may be one; otherwise what is around it fails. */
  #failed(raw: unknown, nodes: readonly Ast[], isNullable: boolean, path: Path): null {
    const error = locatedError(raw, nodes, responsePathAsArray(path));
    if (!isNullable) throw error;
    this.#collect(error, path);
    return null;
  }

  #stepsOf(parentType: GraphQLObjectType, selected: Map<string, readonly Ast[]>): readonly Step[] {
    const fields = parentType.getFields();
    return [...selected].map(([key, nodes]): Step => {
      const name = nodes[0]?.name.value ?? '';
      const field = name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : fields[name];
      if (field === undefined) throw new Error(`${parentType.name} has no field ${name}.`);
      const isNullable = !isNonNullType(field.type);
      const complete = this.#completionOf(field.type, nodes, `${parentType.name}.${field.name}`);
      const takesInfo = field.resolve !== undefined && field.resolve.length > 3;
      const isPathless = !takesInfo && isLeafType(getNullableType(field.type));
      const step = { key, field, nodes, parentType, isNullable, takesInfo, isPathless, complete };
      return { ...step, args: undefined, info: undefined };
    });
  }

  #completionOf(type: GraphQLOutputType, nodes: readonly Ast[], place: string): Complete {
    if (isNonNullType(type)) {
      const complete = this.#completionOf(type.ofType, nodes, place);
      return (value, path) => {
        const completed = complete(value, path);
        if (completed === null) throw new Error(`Cannot return null for non-nullable field ${place}.`);
        return completed;
      };
    }
    const complete = this.#presentOf(type, nodes, place);
    return (value, path) => {
      if (value instanceof Error) throw value;
      return value === null || value === undefined ? null : complete(value, path);
    };
  }

  /** Completes what is there. */
  #presentOf(type: GraphQLOutputType, nodes: readonly Ast[], place: string): Complete {
    if (isLeafType(type)) {
      return (value) => {
        const serialized: unknown = type.serialize(value);
        if (serialized === null || serialized === undefined)
          throw new Error(`A value of ${type.name} in ${place} was serialized to nothing.`);
        return serialized;
      };
    }
    if (isListType(type)) return this.#listOf(type.ofType, nodes, place);
    if (!isObjectType(type)) throw new Error(`${place} is no object.`);
    // Not before there is an object: fragments can multiply beyond all that is ever found.
    let steps: readonly Step[] | undefined;
    return (value, path) => {
      steps ??= this.#stepsOf(type, this.#selected(type, nodes));
      return this.#runSteps(steps, value, path);
    };
  }

  #selected(type: GraphQLObjectType, nodes: readonly Ast[]) {
    const { schema, variables } = this.#query;
    return collectSubfields(schema, this.#fragments, { ...variables }, type, [...nodes]);
  }

  #listOf(type: GraphQLOutputType, nodes: readonly Ast[], place: string): Complete {
    const complete = this.#completionOf(type, nodes, place);
    const isNullable = !isNonNullType(type);
    return (value, path) => {
      if (typeof value !== 'object' || value === null || !(Symbol.iterator in value))
        throw new GraphQLError(`Expected Iterable, but did not find one for field "${place}".`);
      const waiting: PromiseLike<unknown>[] = [];
      const completeItem = (item: unknown, key: number): unknown => {
        const at: Path = { prev: path, key, typename: undefined };
        const onFault = (error: unknown) => this.#failed(error, nodes, isNullable, at);
        try {
          const done = isThenable(item)
            ? item.then((resolved) => complete(resolved, at))
            : complete(item, at);
          if (!isThenable(done)) return done;
          const settled = done.then(undefined, onFault);
          waiting.push(settled);
          return settled;
        } catch (error) {
          return onFault(error);
        }
      };
      try {
        const completed: unknown[] = Array.from(Object(value), completeItem);
        return waiting.length === 0 ? completed : Promise.all(completed);
      } catch (error) {
        // What the other items still fail with is heard, and told to nobody.
        void Promise.allSettled(waiting);
        throw error;
      }
    };
  }

  #runStep(step: Step, source: unknown, parent: Path | undefined): unknown {
    const { field, nodes, complete } = step;
    const path = step.isPathless ? undefined : pathOf(step, parent);
    try {
      step.args ??= this.#argumentsOf(step);
      if (step.info === undefined || step.takesInfo)
        step.info = this.#infoOf(step, path ?? pathOf(step, parent));
      const result: unknown = field.resolve
        ? field.resolve(source, step.args, this.#query.context, step.info)
        : Reflect.get(Object(source), field.name);
      const completed = isThenable(result)
        ? result.then((resolved) => complete(resolved, path))
        : complete(result, path);
      if (!isThenable(completed)) return completed;
      return completed.then(undefined, (error) =>
        this.#failed(error, nodes, step.isNullable, path ?? pathOf(step, parent)),
      );
    } catch (error) {
      return this.#failed(error, nodes, step.isNullable, path ?? pathOf(step, parent));
    }
  }

  #infoOf({ field, nodes, parentType }: Step, path: Path): GraphQLResolveInfo {
    const { schema, operation, variables } = this.#query;
    return {
      fieldName: field.name,
      fieldNodes: nodes,
      returnType: field.type,
      parentType,
      path,
      schema,
      fragments: this.#fragments,
      rootValue: undefined,
      operation,
      variableValues: variables,
    };
  }

  #argumentsOf({ field, nodes }: Step): Record<string, unknown> {
    const [node] = nodes;
    if (node === undefined || field.args.length === 0) return {};
    return getArgumentValues(field, node, { ...this.#query.variables });
  }

  #runSteps(steps: readonly Step[], source: unknown, path: Path | undefined): unknown {
    const values: Record<string, unknown> = {};
    const waiting: PromiseLike<void>[] = [];
    try {
      for (const step of steps) {
        const { key } = step;
        const value = this.#runStep(step, source, path);
        // Its place is taken at once, so that fields stand in the order of the query.
        values[key] = value;
        if (isThenable(value)) {
          waiting.push(
            value.then((resolved) => {
              values[key] = resolved;
            }),
          );
        }
      }
    } catch (error) {
      if (waiting.length === 0) throw error;
      const fail = () => {
        throw error;
      };
      return Promise.all(waiting).then(fail, fail);
    }
    return waiting.length === 0 ? values : Promise.all(waiting).then(() => values);
  }
}
