// How deep and how wide input values may be: what stands in a filter stands in the statement, and on the stack that reads it.

import { type ASTVisitor, GraphQLError, Kind, type ValidationContext, type ValueNode } from 'graphql';
import { FlywheelError } from '../src/core/errors.js';

/** Lists and objects within each other; a filter through two relations in two ANDs needs ten. */
const levelsMax = 20;

/** Conditions on rows of a list within each other (customers with some sale of a product with no sale …). */
const quantifiersMax = 3;

/** Conditions in all ANDs and ORs of a filter together; a list of values in `in` is one condition, however long. */
const conditionsMax = 500;

const quantifiers: ReadonlySet<string> = new Set(['some', 'none', 'every']);

const tooDeep = `Input values nest more than ${levelsMax} levels deep; put conditions side by side in one AND or OR.`;
const tooManyQuantifiers = `A filter may hold at most ${quantifiersMax} of some, none and every within each other; ask in two requests.`;

const tooManyConditions = `A filter may hold at most ${conditionsMax} conditions in its ANDs and ORs; a list of values belongs into one "in".`;

interface Visit<Value> {
  readonly value: Value;
  /** Whether it is the list of an AND or an OR. */
  readonly branches: boolean;
  readonly level: number;
  readonly quantifiers: number;
}

/**
 * What is wrong with the extent of a value, or undefined. `inside` gives the members of a list or an object, each
 * with its name, and undefined for any other value. Keeps a list of its own instead of calling itself, so that no
 * value is too deep for it.
 */
function nestingFault<Value>(
  root: Value,
  inside: (value: Value) => readonly (readonly [name: string, value: Value])[] | undefined,
): string | undefined {
  const visits: Visit<Value>[] = [{ value: root, branches: false, level: 0, quantifiers: 0 }];
  let conditions = 0;
  for (let visit = visits.pop(); visit !== undefined; visit = visits.pop()) {
    const members = inside(visit.value);
    if (members === undefined) continue;
    const level = visit.level + 1;
    if (level > levelsMax) return tooDeep;
    if (visit.branches) conditions += members.length;
    if (conditions > conditionsMax) return tooManyConditions;
    for (const [name, value] of members) {
      const nested = visit.quantifiers + (quantifiers.has(name) ? 1 : 0);
      if (nested > quantifiersMax) return tooManyQuantifiers;
      visits.push({ value, branches: name === 'AND' || name === 'OR', level, quantifiers: nested });
    }
  }
  return undefined;
}

function membersOf(value: unknown): [string, unknown][] | undefined {
  return typeof value === 'object' && value !== null ? Object.entries(value) : undefined;
}

function membersOfNode(node: ValueNode): [string, ValueNode][] | undefined {
  if (node.kind === Kind.LIST) return node.values.map((value) => ['', value]);
  if (node.kind === Kind.OBJECT) return node.fields.map(({ name, value }) => [name.value, value]);
  return undefined;
}

/** Fails with LIMIT_EXCEEDED when a variable nests too deep or branches too wide; to be called before anything else looks at the variables. */
export function checkVariableNesting(variables: Readonly<Record<string, unknown>>): void {
  for (const value of Object.values(variables)) {
    const fault = nestingFault(value, membersOf);
    if (fault !== undefined) throw new FlywheelError('LIMIT_EXCEEDED', fault);
  }
}

/** Refuses values in a document that nest too deep or branch too wide. */
export function valueNestingRule(context: ValidationContext): ASTVisitor {
  const check = (node: { readonly value?: ValueNode | undefined }): false => {
    const fault = node.value && nestingFault(node.value, membersOfNode);
    if (fault !== undefined)
      context.reportError(
        new GraphQLError(fault, { nodes: node.value ?? null, extensions: { code: 'LIMIT_EXCEEDED' } }),
      );
    return false;
  };
  return {
    Argument: check,
    VariableDefinition: ({ defaultValue }) => check({ value: defaultValue }),
  };
}
