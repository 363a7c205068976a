// Live metrics: what a window is known by, how its changes are published, and how they reach whoever follows them.

import type { DimensionKey } from './report.js';

/**
 * A change of one window of a cut, as it stands in the results topic and in `live_window`: JSON with these fields. In the
 * topic, the record's key is the name of the cut and, behind a `|`, the window and its key.
 * A cut is named `Model/GRAIN/DIMENSION,DIMENSION`, its dimensions in the order of the definitions.
 */
export interface ResultMessage {
  readonly cut: string;
  /** When the window begins and ends, RFC 3339 in UTC; null for the window without end. */
  readonly start: string | null;
  readonly end: string | null;
  /** The keys of the dimensions, in the order of the cut. */
  readonly key: readonly (string | null)[];
  readonly labels: readonly (string | null)[];
  /** Decimals as text, by the names of the metrics that the cut keeps. */
  readonly values: Readonly<Record<string, string | null>>;
  /** Metrics whose distinct members are more than their cut counts; their values are null from then on. Absent without any. */
  readonly refused?: readonly string[];
  readonly final: boolean;
  /** Counts the publications of this window, from 1; of two messages the one with the larger number holds. */
  readonly revision: number;
  readonly watermark: string | null;
}

/** The same for whoever follows it, with its place in the feed. */
export interface LiveUpdate {
  readonly cut: string;
  /** The cut, the window and its key as one text: of two updates with the same, the larger revision holds. */
  readonly window: string;
  readonly windowStart: Date | null;
  readonly windowEnd: Date | null;
  readonly keys: readonly DimensionKey[];
  readonly values: Readonly<Record<string, string | null>>;
  /** Metrics whose distinct members are more than their cut counts. */
  readonly refused?: readonly string[];
  readonly final: boolean;
  readonly revision: number;
  readonly watermark: Date | null;
  /** Where to go on after this update: opaque, and the same on every replica. */
  readonly cursor: string;
  /** When the log took it, in milliseconds since 1970; null where that is not known, as in a snapshot. */
  readonly appendedAtMs: number | null;
}

/** Of each dimension of a cut, the keys that are wanted; undefined where all are. */
export type KeyFilter = readonly (readonly (string | null)[] | undefined)[];

/** What a subscription follows. */
export interface LiveRequest {
  readonly metric: string;
  readonly every: string;
  readonly by: readonly string[];
}

export interface SnapshotOptions {
  readonly filter?: KeyFilter;
  readonly rowsMax: number;
}

/** Follows the results topic once for the whole process. */
export interface LiveFeed {
  /** The name of the cut that serves a request. BAD_INPUT, which lists what there is, when none does. */
  cutOf(request: LiveRequest): string;
  /**
   * Calls `listener` with every later update of a cut, in the order of the feed, until the returned function is called.
   * `cursor` is the place up to which updates were handed out before, or would have been.
   */
  follow(cut: string, listener: (update: LiveUpdate) => void): { readonly cursor: string; stop(): void };
  /**
   * The `last` newest windows of a cut with their keys, oldest first. Their revisions tell which updates of `follow`
   * they already hold: a caller that follows first and reads then misses nothing. When it resolves, the feed has passed
   * whatever the snapshot holds, as far as the log is at work; so whoever has the snapshot and goes on after what
   * `follow` gave last is given nothing twice. LIMIT_EXCEEDED when it would hold more than `rowsMax`.
   */
  snapshot(cut: string, last: number, options: SnapshotOptions): Promise<readonly LiveUpdate[]>;
  /**
   * The updates of a cut after a cursor up to now, in order; undefined when the cursor is older than the log, or is
   * none of ours. The last one's cursor is where `follow` goes on.
   */
  since(cursor: string, cut: string): Promise<readonly LiveUpdate[] | undefined>;
  /** Whether a cursor stands after another; true also when they cannot be compared. */
  isAfter(cursor: string, other: string): boolean;
}
