// What one question of the bench is: its variables, and its document in the dialect of every kind of server.

/** Ours; plain lists (Mercurius, Apollo); PostGraphile. The limit is asked in our dialect. */
export type Dialect = 'flywheel' | 'lists' | 'postgraphile';

export interface Question {
  /** The short name, as in the table: q1. */
  name: string;
  title: string;
  /** One row per question to ask, with one JSON column: `variables`. A hundred rows. */
  variablesSql: string;
  /** Compare answers for every n-th set of variables only (1): a report takes long. */
  checkEvery?: number;
  /** A question is put only to servers whose dialect it knows. */
  documents: Partial<Record<Dialect, string>>;
}

/** One request, ready to be sent: the same for every server of a dialect. */
export interface Ask {
  document: string;
  operationName: string;
  variables: Record<string, unknown>;
}
