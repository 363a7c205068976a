// Facts as records that Flink reads: several in each, with what says whether their windows still take them.

import { randomUUID } from 'node:crypto';
import type { FlinkFact } from './flink-facts.js';
import type { FactRow } from './live-facts.js';

/** What the facts of a record have in common. */
export interface FactRecord {
  readonly generation: number;
  /** Who wrote it, and under which name: a record that comes again is counted once. */
  readonly source: string;
  readonly id?: string;
  /** The watermark when they were written, in milliseconds since 1970; null while there is none. */
  readonly clockMs: number | null;
  /** Windows that had ended by then take none of them; null where nothing is late, as of what is taken from the warehouse anew. */
  readonly closedMs: number | null;
}

/** So many bytes of a record are soon read and written, and far from what Kafka refuses. */
const bytesMax = 200_000;

/**
 * The facts as JSON texts, each of a size that Kafka takes. They hold the fields that the windows need, and no others.
 * With an `id` of the caller's, the same facts always give the same records.
 */
export function factRecords(
  { fields }: Pick<FlinkFact, 'fields'>,
  { generation, source, id = randomUUID(), clockMs, closedMs }: FactRecord,
  rows: readonly FactRow[],
): string[] {
  const names = fields.map(({ name }) => name);
  const records: string[] = [];
  let facts: string[] = [];
  let bytes = 0;
  const close = () => {
    if (facts.length === 0) return;
    const head = JSON.stringify({
      generation,
      source,
      id: `${id}/${records.length}`,
      clock: clockMs,
      closed: closedMs,
    });
    records.push(`${head.slice(0, -1)},"facts":[${facts.join()}]}`);
    facts = [];
    bytes = 0;
  };
  for (const row of rows) {
    const text = JSON.stringify(row, names);
    const length = Buffer.byteLength(text) + 1;
    if (bytes + length > bytesMax) close();
    facts.push(text);
    bytes += length;
  }
  close();
  return records;
}
