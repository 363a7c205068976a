// The items of a call in the type of their method, for the service that answers it.

import { FlywheelError } from '../../core/errors.js';
import { firstFault } from './schema-faults.js';
import { itemsMax, type Method } from './service-contract.js';

/** The items as their schema reads them. Throws BAD_INPUT with the first fault and its place, and LIMIT_EXCEEDED. */
export function checkItems<Item>(
  { item }: Pick<Method<Item, unknown>, 'item'>,
  items: readonly unknown[],
): readonly Item[] {
  if (items.length > itemsMax) {
    const fault = `${items.length} items are too many for one call: send at most ${itemsMax} at once.`;
    throw new FlywheelError('LIMIT_EXCEEDED', fault);
  }
  // Each by itself: a schema for the list would have to be made for every call, which costs more than reading a batch by it.
  return items.map((given, place) => {
    const read = item.safeParse(given);
    if (read.success) return read.data;
    throw new FlywheelError('BAD_INPUT', `The items are wrong: ${firstFault(read.error, [place])}.`);
  });
}
