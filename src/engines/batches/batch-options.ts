// What each batch can be told, by the terminal and by the schedule alike, and the sentences about what it cannot.

import { z } from 'zod';
import { batchEngines } from './batch-contract.js';

const text = z.string().trim().min(1).max(200);
const engine = z.enum(batchEngines);

/** Where files are that a batch reads instead of the warehouse, and how they are written. */
const files = {
  /** A file or folder; undefined: the warehouse. */
  from: z.string().trim().min(1).max(4_000).optional(),
  format: z.enum(['csv', 'parquet']).optional(),
  /** A tab may be written as two characters, which is what can be typed. */
  delimiter: z
    .string()
    .transform((typed) => (typed === '\\t' ? '\t' : typed))
    .pipe(z.string().regex(/^[^"\r\n]$/))
    .default(','),
  /** What the results are told apart by; by default the name of the file or folder. */
  source: text.optional(),
  /** Whether files that give no results take away what is known of the source. */
  allowEmpty: z.boolean().default(false),
};

const customers = z.strictObject({
  batch: z.literal('customers'),
  engine,
  ...files,
  customerColumn: text.default('user_id'),
  amountColumn: text.default('purchase_amount'),
  timeColumn: text.optional(),
  orderColumn: text.optional(),
});

const rollups = z.strictObject({
  batch: z.literal('rollups'),
  engine,
  ...files,
  metrics: z.array(text).min(1).max(50),
  by: z.array(text).max(10).default([]),
});

const recomputeDay = z.strictObject({
  batch: z.literal('recompute-day'),
  engine,
  /** The day in UTC, such as 2026-11-27; yesterday when absent. */
  day: z.iso.date().optional(),
});

export const batchRequest = z.discriminatedUnion('batch', [customers, rollups, recomputeDay]);

export type BatchRequest = z.output<typeof batchRequest>;
export type CustomersOptions = z.output<typeof customers>;
export type RollupsOptions = z.output<typeof rollups>;
export type RecomputeDayOptions = z.output<typeof recomputeDay>;

/** What each batch does, as people are told. */
export const batchPurposes: Readonly<Record<BatchRequest['batch'], string>> = {
  customers:
    'what every customer bought in all, how often, when first and last, and how that compares, from the warehouse or from files',
  rollups: 'the values of metrics on every day of all history, from the warehouse or from files',
  'recompute-day': 'the live windows of a day that had late events, made true to the facts again',
};

/** What it must be that can be said wrongly, in words. */
const forms: Readonly<Record<string, string>> = {
  day: 'day must be a day such as 2026-11-27.',
  delimiter: 'delimiter must be one character other than a quotation mark; a tab is \\t.',
  metrics: 'metrics must name 1 to 50 metrics, such as REVENUE.',
  by: 'by must name at most 10 dimensions, such as REGION.',
};

/** The faults of what is no request, each as a sentence that begins with the name of what is wrong. */
export function requestFaults(error: z.ZodError): string[] {
  return error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys')
      return `${issue.keys.join(', ')} is nothing that the batch can be told.`;
    if (issue.code === 'invalid_union')
      return `batch must be one of ${Object.keys(batchPurposes).join(', ')}.`;
    if (issue.code === 'invalid_value')
      return `${path} must be one of ${issue.values.map(String).join(', ')}.`;
    const name = issue.path[0];
    const said = typeof name === 'string' ? forms[name] : undefined;
    return said ?? `${path === '' ? 'The batch' : path}: ${issue.message}.`;
  });
}
