// Documents: parsed and validated once, within the limits, and kept while they are used.

import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { LruMap } from '../src/warehouse/read/lru-map.js';
import { type DocumentLimits, documentLimitsRule } from './document-limits.js';
import { codedError } from './errors.js';
import { valueNestingRule } from './nesting.js';

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
/** What stands in memory for a document is some seventy times its text, so these hold it to about 100 MB. */
const documentsLengthMax = 1_500_000;
/** Longer documents are parsed each time, so that a few of them do not push out all others. */
const cachedLengthMax = 20_000;
const validationErrorsMax = 20;

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

/** The library gives up comparing the fields of one name with each other, and says no more than that. */
function explainAborted(error: GraphQLError): GraphQLError {
  if (error.message !== 'Validation aborted.') return error;
  const message =
    'The document selects the same fields too many times over; select each once, or under a name of its own.';
  return codedError('LIMIT_EXCEEDED', message, error);
}

/** Creates the store of documents of a schema. */
export function createDocuments(schema: GraphQLSchema, limits: DocumentLimits): Documents {
  const byText = new LruMap<string, DocumentNode>(documentsMax, documentsLengthMax);
  const errorsOf = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const operations = new WeakMap<DocumentNode, readonly OperationDefinitionNode[]>();
  const limitRules = [documentLimitsRule(limits), valueNestingRule];

  function faultsOf(document: DocumentNode): readonly GraphQLError[] {
    const options = { maxErrors: validationErrorsMax };
    // Within the limits the other rules end soon; beyond them, one sentence says enough.
    const beyond = validate(schema, document, limitRules, options);
    if (beyond.length > 0) return beyond;
    return validate(schema, document, specifiedRules, options).map(explainAborted);
  }

  return {
    parse(text) {
      const found = byText.get(text);
      if (found) return found;
      const document = parseWithin(text, limits.tokens);
      if (text.length <= cachedLengthMax) byText.set(text, document, text.length);
      return document;
    },
    validate(document) {
      const found = errorsOf.get(document);
      if (found) return found;
      const errors = faultsOf(document);
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
