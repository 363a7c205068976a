// How deep and how wide input values may be: what stands in a filter stands in the statement, and on the stack that reads it.

import { type ASTVisitor, GraphQLError, Kind, type ValidationContext, type ValueNode } from 'graphql';
import { FlywheelError } from '../src/core/errors.js';

/** Lists and objects within each other; a filter through two relations in two ANDs needs ten. */
const levelsMax = 20;

/** Conditions on rows of a list within each other (customers with some sale of a product with no sale …). */
const quantifiersMax = 3;

/** Conditions in all ANDs, ORs and NOTs of a filter together; a list of values in `in` is one condition, however long. */
const conditionsMax = 500;

const branches: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT']);
const quantifiers: ReadonlySet<string> = new Set(['some', 'none', 'every']);

const tooDeep = `Input values nest more than ${levelsMax} levels deep; put conditions side by side in one AND or OR.`;
const tooManyQuantifiers = `A filter may hold at most ${quantifiersMax} of some, none and every within each other; ask in two requests.`;

const tooManyConditions = `A filter may hold at most ${conditionsMax} conditions in its ANDs, ORs and NOTs; a list of values belongs into one "in".`;

interface Visit<Value> {
  readonly value: Value;
  /** Whether it is what an AND, an OR or a NOT holds, or stands somewhere within. */
  readonly branch: 'itself' | 'within' | undefined;
  readonly level: number;
  readonly quantifiers: number;
}

/** A list or an object: its members, each with its name. */
interface Composite<Value> {
  readonly isList: boolean;
  readonly members: readonly (readonly [name: string, value: Value])[];
}

/** How many conditions more there are than seemed before the value was looked into, where it seemed to be one. */
function conditionsIn<Value>({ branch }: Visit<Value>, { isList, members }: Composite<Value>): number {
  if (branch === undefined) return 0;
  if (isList) return branch === 'itself' ? members.length : 0;
  return Math.max(members.length - 1, 0);
}

/**
 * What is wrong with the extent of a value, or undefined. `inside` gives a list or an object, and undefined
 * for any other value. Keeps a list of its own instead of calling itself, so that no
 * value is too deep for it.
 */
function nestingFault<Value>(
  root: Value,
  inside: (value: Value) => Composite<Value> | undefined,
): string | undefined {
  const visits: Visit<Value>[] = [{ value: root, branch: undefined, level: 0, quantifiers: 0 }];
  let conditions = 0;
  for (let visit = visits.pop(); visit !== undefined; visit = visits.pop()) {
    const composite = inside(visit.value);
    if (composite === undefined) continue;
    const level = visit.level + 1;
    if (level > levelsMax) return tooDeep;
    conditions += conditionsIn(visit, composite);
    if (conditions > conditionsMax) return tooManyConditions;
    for (const [name, value] of composite.members) {
      const nested = visit.quantifiers + (quantifiers.has(name) ? 1 : 0);
      if (nested > quantifiersMax) return tooManyQuantifiers;
      const branch = branches.has(name) ? 'itself' : visit.branch && 'within';
      visits.push({ value, branch, level, quantifiers: nested });
    }
  }
  return undefined;
}

function insideValue(value: unknown): Composite<unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return { isList: Array.isArray(value), members: Object.entries(value) };
}

function insideNode(node: ValueNode): Composite<ValueNode> | undefined {
  if (node.kind === Kind.LIST) return { isList: true, members: node.values.map((value) => ['', value]) };
  if (node.kind !== Kind.OBJECT) return undefined;
  return { isList: false, members: node.fields.map(({ name, value }) => [name.value, value]) };
}

/** Fails with LIMIT_EXCEEDED when a variable nests too deep or branches too wide; to be called before anything else looks at the variables. */
export function checkVariableNesting(variables: Readonly<Record<string, unknown>>): void {
  for (const value of Object.values(variables)) {
    const fault = nestingFault(value, insideValue);
    if (fault !== undefined) throw new FlywheelError('LIMIT_EXCEEDED', fault);
  }
}

/** Refuses values in a document that nest too deep or branch too wide. */
export function valueNestingRule(context: ValidationContext): ASTVisitor {
  const check = (node: { readonly value?: ValueNode | undefined }): false => {
    const fault = node.value && nestingFault(node.value, insideNode);
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
