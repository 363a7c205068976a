// The ordering types: one for each model.

import { builder } from './builder.js';
import { columnAt, type ModelApi, type Target } from './model.js';

export interface OrderInput {
  readonly [field: string]: unknown;
}

export const direction = builder.enumType('Direction', {
  description: 'Which end of an ordering comes first.',
  values: {
    ASC: { description: 'Smallest, earliest or first of the alphabet first.' },
    DESC: { description: 'Largest, latest or last of the alphabet first.' },
  },
});

const refs = new Map<string, ReturnType<typeof builder.inputRef<OrderInput>>>();

/** The ordering type of a model; it is implemented when the model is declared. */
export function orderRef(model: string) {
  const found = refs.get(model) ?? builder.inputRef<OrderInput>(`${model}Order`);
  refs.set(model, found);
  return found;
}

function describe(api: ModelApi, name: string, target: Target): string {
  if (target.kind === 'relation') return `By its ${name}.`;
  const { description } = columnAt(api.name, target.path);
  return description === null ? `By the ${name}.` : `By the ${name}: ${description}`;
}

/** Implements the ordering type of a declared model. */
export function implementOrder(api: ModelApi): void {
  orderRef(api.name).implement({
    description: `How ${api.name} rows are ordered. Give exactly one field in each; earlier ones decide first.`,
    fields: (t) =>
      Object.fromEntries(
        [...api.orders].map(([name, target]) => [
          name,
          t.field({
            type: target.kind === 'relation' ? orderRef(target.model) : direction,
            description: describe(api, name, target),
          }),
        ]),
      ),
  });
}
