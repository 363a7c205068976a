// Documents: parsed and validated once, within the limits, and kept while they are used.

import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  type ValidationContext,
  validate,
} from 'graphql';
import { LruMap } from '../src/warehouse/read/lru-map.js';
import { codedError } from './errors.js';
import { valueNestingRule } from './nesting.js';

export interface DocumentLimits {
  readonly tokens: number;
  readonly depth: number;
}

export interface Documents {
  /** Parses a document, or gives the one that was parsed before; fails with a GraphQLError that bears a code. */
  parse(text: string): DocumentNode;
  /** What is wrong with a document; empty when it may be executed. */
  validate(document: DocumentNode): readonly GraphQLError[];
  /** The document of this text, if it was parsed before and nothing is wrong with it. */
  known(text: string): DocumentNode | undefined;
  /** The operation that a request means, or undefined when it names none or more than one may be meant. */
  operation(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | undefined;
}

const documentsMax = 1_000;
/** Longer documents are parsed each time, so that the cache stays within about 40 MB of text. */
const cachedLengthMax = 20_000;
const validationErrorsMax = 20;

/** Refuses selections that nest deeper than the limit; what introspection asks for does not count. */
function depthRule(limit: number) {
  return (context: ValidationContext): ASTVisitor => {
    const known = new Map<string, number>();
    const depthOf = (node: { readonly selectionSet?: unknown }, seen: ReadonlySet<string>): number => {
      const { selectionSet } = node;
      if (!isSelectionSet(selectionSet)) return 0;
      let deepest = 0;
      for (const selection of selectionSet.selections) {
        if (selection.kind === Kind.FIELD) {
          if (selection.name.value.startsWith('__')) continue;
          deepest = Math.max(deepest, 1 + depthOf(selection, seen));
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          deepest = Math.max(deepest, depthOf(selection, seen));
        } else {
          deepest = Math.max(deepest, fragmentDepth(selection.name.value, seen));
        }
      }
      return deepest;
    };
    const fragmentDepth = (name: string, seen: ReadonlySet<string>): number => {
      const found = known.get(name);
      if (found !== undefined || seen.has(name)) return found ?? 0;
      const fragment = context.getFragment(name);
      const depth = fragment ? depthOf(fragment, new Set([...seen, name])) : 0;
      known.set(name, depth);
      return depth;
    };
    return {
      OperationDefinition(node) {
        const depth = depthOf(node, new Set());
        if (depth <= limit) return;
        const message = `The document nests ${depth} levels deep; at most ${limit} are allowed. Ask for the inner levels in a request of their own.`;
        context.reportError(
          new GraphQLError(message, { nodes: node, extensions: { code: 'LIMIT_EXCEEDED', depth, limit } }),
        );
      },
    };
  };
}

function isSelectionSet(value: unknown): value is OperationDefinitionNode['selectionSet'] {
  return typeof value === 'object' && value !== null && 'selections' in value;
}

function parseWithin(text: string, tokens: number): DocumentNode {
  try {
    return parse(text, { maxTokens: tokens });
  } catch (error) {
    // The parser calls itself for each level; brackets by the thousand are more than its stack holds.
    if (error instanceof RangeError) {
      const message =
        'The document nests too deep to be read; ask for the inner levels in a request of their own.';
      throw codedError('LIMIT_EXCEEDED', message);
    }
    if (!(error instanceof GraphQLError)) throw error;
    if (/contains more th/.test(error.message)) {
      const message = `The document has more than ${tokens} tokens; ask for less in one request.`;
      throw codedError('LIMIT_EXCEEDED', message, error);
    }
    throw codedError('GRAPHQL_PARSE_FAILED', error.message, error);
  }
}

/** Creates the store of documents of a schema. */
export function createDocuments(schema: GraphQLSchema, limits: DocumentLimits): Documents {
  const byText = new LruMap<string, DocumentNode>(documentsMax);
  const errorsOf = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const operations = new WeakMap<DocumentNode, readonly OperationDefinitionNode[]>();
  const rules = [...specifiedRules, depthRule(limits.depth), valueNestingRule];

  return {
    parse(text) {
      const found = byText.get(text);
      if (found) return found;
      const document = parseWithin(text, limits.tokens);
      if (text.length <= cachedLengthMax) byText.set(text, document);
      return document;
    },
    validate(document) {
      const found = errorsOf.get(document);
      if (found) return found;
      const errors = validate(schema, document, rules, { maxErrors: validationErrorsMax });
      errorsOf.set(document, errors);
      return errors;
    },
    known(text) {
      const document = byText.get(text);
      return document && errorsOf.get(document)?.length === 0 ? document : undefined;
    },
    operation(document, name) {
      let all = operations.get(document);
      if (!all) {
        all = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
        operations.set(document, all);
      }
      if (name === null || name === undefined || name === '') return all.length === 1 ? all[0] : undefined;
      return all.find((operation) => operation.name?.value === name);
    },
  };
}
