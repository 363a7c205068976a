// The facts of a batch as the windows take them, and what takes them.

import type { Session } from '../warehouse/session.js';

/**
 * A fact by the names of its model's fields: the time field in milliseconds since 1970, decimals as text, and each to-one
 * relation as the natural key of what it leads to (`product` is the product's code, `region` the region's name),
 * beside its foreign key (`productId`).
 */
export type FactRow = Readonly<Record<string, string | number | null>>;

export interface NewFacts {
  /** The name of the model, such as Event or Sale. */
  readonly model: string;
  readonly rows: readonly FactRow[];
  /** Whether they are facts no longer: windows then give back what they had of them. Only sums and counts can do that. */
  readonly gone?: boolean;
}

export interface LiveWriter {
  /**
   * Adds the facts to the windows of every live cut, in the transaction that also inserts them; call it before they are
   * inserted, with facts that are new (and those that are deleted, as `gone`). `writer` names the partition that they came from, so that two writers never
   * change the same row. Resolves to how many facts were too late for some window.
   */
  write(session: Session, writer: string, facts: readonly NewFacts[]): Promise<{ readonly late: number }>;
}
