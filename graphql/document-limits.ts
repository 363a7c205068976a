// How large a document may be: how deep it nests, and how much it selects once its fragments are written out.

import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

export interface DocumentLimits {
  readonly tokens: number;
  readonly depth: number;
}

interface Extent {
  /** Levels of fields within each other; what introspection asks for does not count. */
  readonly depth: number;
  /** Fields and fragments, each as often as it is selected. */
  readonly selections: number;
}

const nothing: Extent = { depth: 0, selections: 0 };

/** Measures each fragment once, so that no document takes long; cycles, which another rule refuses, end. */
function extents(context: ValidationContext): (set: SelectionSetNode | undefined) => Extent {
  const known = new Map<string, Extent>();

  function ofFragment(name: string): Extent {
    const found = known.get(name);
    if (found) return found;
    known.set(name, nothing);
    const extent = ofSet(context.getFragment(name)?.selectionSet);
    known.set(name, extent);
    return extent;
  }

  function ofSelection(node: SelectionNode): Extent {
    const inner = node.kind === Kind.FRAGMENT_SPREAD ? ofFragment(node.name.value) : ofSet(node.selectionSet);
    const selections = 1 + inner.selections;
    if (node.kind !== Kind.FIELD) return { depth: inner.depth, selections };
    return { depth: node.name.value.startsWith('__') ? 0 : 1 + inner.depth, selections };
  }

  function ofSet(set: SelectionSetNode | undefined): Extent {
    let [depth, selections] = [0, 0];
    for (const extent of (set?.selections ?? []).map(ofSelection)) {
      depth = Math.max(depth, extent.depth);
      selections += extent.selections;
    }
    return { depth, selections };
  }

  return ofSet;
}

/**
 * Refuses selections that nest deeper than the limit, and documents whose fragments, written out, would hold more
 * selections than a document without fragments can: fragments that spread one another twice double at every step.
 */
export function documentLimitsRule({ depth: depthMax, tokens }: DocumentLimits) {
  return (context: ValidationContext): ASTVisitor => {
    const extentOf = extents(context);
    const refuse = (node: OperationDefinitionNode, message: string, facts: Record<string, number>) =>
      context.reportError(
        new GraphQLError(message, { nodes: node, extensions: { code: 'LIMIT_EXCEEDED', ...facts } }),
      );
    return {
      OperationDefinition(node) {
        const { depth, selections } = extentOf(node.selectionSet);
        if (depth > depthMax) {
          const message = `The document nests ${depth} levels deep; at most ${depthMax} are allowed. Ask for the inner levels in a request of their own.`;
          refuse(node, message, { depth, limit: depthMax });
        }
        if (selections > tokens) {
          const message = `With its fragments written out, the operation selects more than ${tokens} fields; spread them in fewer places, or ask in several requests.`;
          refuse(node, message, { limit: tokens });
        }
        return false;
      },
    };
  };
}
