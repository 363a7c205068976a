// The form of MAP.json: how the columns of a file become the fields of a model.

import { z } from 'zod';
import { didYouMean } from '../../core/suggest.js';

const oneOrMany = z.union([z.string(), z.array(z.string()).min(1)], {
  error: 'must be a text or a list of texts',
});
const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be a text, a number, true or false',
});
const table = z.record(z.string(), z.string());

/** How texts are read; stands at the top of the mapping, and on a field for that field alone. */
const reading = {
  /** Formats of dates, tried in turn: `iso`, `unix` (seconds), `unixMs`, or letters such as `dd/MM/yyyy HH:mm`. */
  dates: oneOrMany.optional(),
  /** The IANA zone of dates that bear no offset; UTC when left out. */
  timeZone: z.string().optional(),
  decimal: z.enum(['.', ',']).optional(),
  /** The character between groups of three digits. */
  thousands: z.enum(['', ',', '.', ' ', "'", '_']).optional(),
  /** Texts that mean "nothing"; the empty text always does. */
  nulls: z.array(z.string()).optional(),
  /** Whether spaces around a value are dropped; they are. */
  trim: z.boolean().optional(),
};

const columnSpec = z.strictObject({
  column: z.string(),
  ...reading,
  /** Drops the `.0` that some programs write behind whole numbers, as in 17850.0. */
  wholeNumber: z.boolean().optional(),
  /** What each text of the file stands for. */
  values: table.optional(),
  /** What a text stands for by its beginning; the longest that fits counts. */
  startsWith: table.optional(),
  /** What every other text stands for; without it, a text that is not in `values` or `startsWith` is a fault. */
  otherwise: z.string().optional(),
  /** What an empty cell stands for. */
  ifEmpty: scalar.optional(),
});
const plainSpecs = {
  column: columnSpec,
  value: z.strictObject({ value: scalar }),
  rowNumber: z.strictObject({ rowNumber: z.literal(true) }),
  multiply: z.strictObject({ multiply: z.tuple([z.string(), z.string()]) }),
  divide: z.strictObject({ divide: z.tuple([z.string(), z.string()]) }),
  dayOf: z.strictObject({ dayOf: z.string() }),
  latest: z.strictObject({ latest: z.string() }),
} as const;
type SpecKind = keyof typeof plainSpecs;
const specKinds: readonly SpecKind[] = [
  'column',
  'value',
  'rowNumber',
  'multiply',
  'divide',
  'dayOf',
  'latest',
];

export type ColumnSpec = z.infer<typeof columnSpec>;
/** Where the value of one field comes from. */
export type FieldSpec =
  | ({ readonly kind: 'column' } & ColumnSpec)
  | { readonly kind: 'value'; readonly value: string | number | boolean }
  | { readonly kind: 'rowNumber' }
  | { readonly kind: 'multiply'; readonly multiply: readonly [string, string] }
  | { readonly kind: 'divide'; readonly divide: readonly [string, string] }
  | { readonly kind: 'dayOf'; readonly dayOf: string }
  | { readonly kind: 'latest'; readonly latest: string };

const specs: Readonly<Record<SpecKind, z.ZodType<FieldSpec>>> = {
  column: plainSpecs.column.transform((spec) => ({ kind: 'column' as const, ...spec })),
  value: plainSpecs.value.transform((spec) => ({ kind: 'value' as const, ...spec })),
  rowNumber: plainSpecs.rowNumber.transform(() => ({ kind: 'rowNumber' as const })),
  multiply: plainSpecs.multiply.transform((spec) => ({ kind: 'multiply' as const, ...spec })),
  divide: plainSpecs.divide.transform((spec) => ({ kind: 'divide' as const, ...spec })),
  dayOf: plainSpecs.dayOf.transform((spec) => ({ kind: 'dayOf' as const, ...spec })),
  latest: plainSpecs.latest.transform((spec) => ({ kind: 'latest' as const, ...spec })),
};

const codes = z.enum(['shared', 'own'], { error: 'must be "shared" or "own"' });
const csvSpec = z.strictObject({
  delimiter: z.string().length(1).optional(),
  quote: z.string().length(1).optional(),
  /** True: the first row names the columns. A list: the file has no such row, these are the names. */
  header: z
    .union([z.literal(true), z.array(z.string()).min(1)], { error: 'must be true or a list of names' })
    .optional(),
});
const mappingSpec = z.strictObject({
  model: z.string(),
  format: z.enum(['csv', 'jsonl']).optional(),
  /** The name of the file's origin; it stands on every fact. */
  source: z.string().trim().min(1).max(100).optional(),
  /** `own` keeps the codes of this source apart (`SOURCE:code`); for all relations, or for each by its name. */
  codes: z
    .union([codes, z.record(z.string(), codes)], {
      error: 'must be "shared", "own" or one of them for each relation',
    })
    .optional(),
  encoding: z.string().optional(),
  csv: csvSpec.optional(),
  ...reading,
  fields: z.record(z.string(), z.unknown()),
});

export type Mapping = Omit<z.infer<typeof mappingSpec>, 'fields'> & {
  readonly fields: Readonly<Record<string, FieldSpec>>;
};

export type MappingResult =
  | { readonly ok: true; readonly mapping: Mapping }
  | {
      readonly ok: false;
      readonly faults: readonly string[];
      /** What could be understood all the same, so that faults of another kind can be named with these. */
      readonly partial: Mapping | undefined;
    };

/** Reads a parsed MAP.json; every fault of its form is named at once, each with its place. */
export function readMapping(input: unknown): MappingResult {
  const top = mappingSpec.safeParse(input);
  const faults = top.success ? [] : faultsOf(top.error, [], mappingSpec.shape);
  const fields: Record<string, FieldSpec> = {};
  const given = top.success ? top.data.fields : fieldsOf(input);
  for (const [name, spec] of Object.entries(given)) {
    const read = readField(name, spec);
    if (Array.isArray(read)) faults.push(...read);
    else fields[name] = read;
  }
  if (top.success && faults.length === 0) return { ok: true, mapping: { ...top.data, fields } };
  const understood = z.object(mappingSpec.shape).safeParse(input);
  return { ok: false, faults, partial: understood.success ? { ...understood.data, fields } : undefined };
}

function fieldsOf(input: unknown): Record<string, unknown> {
  const parsed = z.looseObject({ fields: z.record(z.string(), z.unknown()) }).safeParse(input);
  return parsed.success ? parsed.data.fields : {};
}

function readField(name: string, spec: unknown): FieldSpec | string[] {
  if (typeof spec === 'string') return { kind: 'column', column: spec };
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    return [`fields.${name}: must be the name of a column, or an object such as {"value": 1}`];
  }
  const kinds = specKinds.filter((kind) => kind in spec);
  const kind = kinds[0];
  if (kind === undefined || kinds.length > 1) {
    const found = Object.keys(spec);
    const hint = found.map((key) => didYouMean(key, specKinds)).find((text) => text !== '') ?? '';
    return [
      `fields.${name}: needs exactly one of ${specKinds.join(', ')}; found ${found.join(', ') || 'none'}.${hint}`,
    ];
  }
  const parsed = specs[kind].safeParse(spec);
  return parsed.success ? parsed.data : faultsOf(parsed.error, ['fields', name], plainSpecs[kind].shape);
}

function faultsOf(
  error: z.ZodError,
  at: readonly string[],
  shape: Readonly<Record<string, unknown>>,
): string[] {
  return error.issues.flatMap((issue) => {
    const place = [...at, ...issue.path.map(String)].join('.');
    if (issue.code !== 'unrecognized_keys') return [`${place || 'the mapping'}: ${issue.message}`];
    const allowed = issue.path[0] === 'csv' ? Object.keys(csvSpec.shape) : Object.keys(shape);
    return issue.keys.map(
      (key) =>
        `${[place, key].filter(Boolean).join('.')}: there is no such setting.${didYouMean(key, allowed)} Allowed here: ${allowed.join(', ')}.`,
    );
  });
}
