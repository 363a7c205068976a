// What cohorts report of themselves.

export interface CohortTelemetry {
  /** A message was handed to so many readers; `appendedAtMs` is when the log took what it tells of, if that is known. */
  delivered(count: number, appendedAtMs: number | null): void;
  /** So many messages were replaced by newer ones of the same window and key before their readers got them. */
  conflated(count: number): void;
  /** A reader fell behind, or caught up. */
  behind(change: 1 | -1): void;
  /** A reader was given a fresh state, because something was missing. */
  restarted(): void;
  /** A reader of a feed was too slow and was told to go on later. */
  dropped(): void;
}
