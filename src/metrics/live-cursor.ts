// Where a reader of the results topic stands, as text that means the same on every replica.

/** The place after an update: the topic as nobody can mistake it, and the offset of the next record. */
export interface LivePlace {
  readonly topicId: string;
  readonly offset: bigint;
}

/** The cursor of a place. */
export function writeCursor({ topicId, offset }: LivePlace): string {
  return Buffer.from(`${offset}.${topicId}`, 'latin1').toString('base64url');
}

/** The place that a cursor names; undefined for a text that is none of ours. */
export function readCursor(cursor: string): LivePlace | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, digits, topicId] = /^(\d{1,19})\.(.{1,200})$/.exec(text) ?? [];
  if (digits === undefined || topicId === undefined) return undefined;
  const place = { topicId, offset: BigInt(digits) };
  return writeCursor(place) === cursor ? place : undefined;
}

/** Whether a cursor stands after another; true also when they cannot be compared. */
export function isCursorAfter(cursor: string, other: string): boolean {
  if (cursor === other) return false;
  const place = readCursor(cursor);
  const otherPlace = readCursor(other);
  if (!place || !otherPlace || place.topicId !== otherPlace.topicId) return true;
  return place.offset > otherPlace.offset;
}
