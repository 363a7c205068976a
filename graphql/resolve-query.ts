// Executes a query through its resolvers as graphql-js does, without what that makes anew for every row of a list.

import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  isObjectType,
  TypeInfo,
  TypeNameMetaFieldDef,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { Resolution, type ResolvedQuery } from './resolution.js';

const plainDocuments = new WeakMap<DocumentNode, boolean>();

/** Whether all selections are on object types, and none is introspection: the documents that are resolved here. */
function isPlain(schema: GraphQLSchema, document: DocumentNode): boolean {
  const known = plainDocuments.get(document);
  if (known !== undefined) return known;
  let plain = true;
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      SelectionSet: () => {
        const type = info.getParentType();
        if (!isObjectType(type) || type.isTypeOf) plain = false;
      },
      Field: ({ name, alias }) => {
        const isTold = name.value.startsWith('__') && name.value !== TypeNameMetaFieldDef.name;
        if (isTold || alias?.value === '__proto__') plain = false;
      },
    }),
  );
  plainDocuments.set(document, plain);
  return plain;
}

/**
 * The result that `execute` of graphql-js gives, by the same calls of resolvers in the same order; undefined, with nothing
 * done, for selections on interfaces and unions and for introspection. What graphql-js makes for each field of each row,
 * and what this makes once for the query or not at all: arguments, look-ups by name, and objects without a prototype,
 * which V8 keeps as hash tables of half a kilobyte.
 */
export function resolveQuery(
  query: ResolvedQuery,
): ExecutionResult | PromiseLike<ExecutionResult> | undefined {
  const type = query.schema.getQueryType();
  if (!type || !isPlain(query.schema, query.document)) return undefined;
  return new Resolution(query).run(type);
}
