// What one request decides: whatever is asked at the same depth is decided together, and written down in one append.

import DataLoader from 'dataloader';
import type { Decided, Decider } from '../src/flywheel/decide/decider.js';
import type { DecideItem } from '../src/flywheel/decide/draft.js';

export type Decide = (item: DecideItem) => Promise<Decided>;

/** The same item is decided once for the request. `onAbandon` registers what gives up. */
export function createDecideLoader(decider: Decider, onAbandon: (callback: () => void) => void): Decide {
  const abandoned = new AbortController();
  onAbandon(() => abandoned.abort());
  const loader = new DataLoader<DecideItem, Decided, string>(
    (items) => decider.decide(items, abandoned.signal),
    { cacheKeyFn: (item) => JSON.stringify(item) },
  );
  return (item) => loader.load(item);
}
