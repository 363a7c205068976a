// Holds that a compiled document says byte for byte what the library's execution says, and leaves to it what is out of the ordinary.

import { executeSync, Kind, parse } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Compiled, compile } from '../../../graphql/hub/compile.js';
import type { MetricEvent } from '../../../graphql/hub/source.js';
import { loadSchema } from '../../../graphql/schema.js';

let schema: Awaited<ReturnType<typeof loadSchema>>;

beforeAll(async () => {
  schema = await loadSchema();
});

const event: MetricEvent = {
  request: { metric: 'EVENTS', every: 'MINUTE', by: ['PRODUCT'] },
  notice: undefined,
  cursor: 'here',
  update: {
    cut: 'Event/MINUTE/PRODUCT',
    window: 'w',
    windowStart: new Date('2026-01-01T00:00:00Z'),
    windowEnd: null,
    keys: [{ dimension: 'PRODUCT', value: '1 "quoted"\n', label: null }],
    values: { EVENTS: '12.50' },
    final: false,
    revision: 3,
    watermark: null,
    cursor: 'here',
    appendedAtMs: null,
  },
};

const start = 'liveMetric(metric: EVENTS, every: MINUTE, by: [PRODUCT])';

function compiledAndExecuted(text: string, variables: Record<string, unknown>, over: object) {
  const document = parse(text);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('The operation comes first.');
  const fragments = Object.fromEntries(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
    ),
  );
  const compiled: Compiled | undefined = compile({ schema, operation, fragments, variables, context: {} });
  const executed = executeSync({ schema, document, rootValue: over, variableValues: variables });
  return { compiled: compiled?.(over), executed };
}

describe('a compiled document', () => {
  it.each<[string, string, Record<string, unknown>?]>([
    [
      'every field',
      `subscription { ${start} { metric windowStart windowEnd keys { dimension value label } value final revision watermark cursor notice } }`,
    ],
    [
      'aliases and type names',
      `subscription { a: ${start} { __typename b: value b2: value k: keys { __typename v: value } } }`,
    ],
    [
      'fragments that overlap',
      `subscription { ...R } fragment R on Subscription { ${start} { ...V keys { value } } } fragment V on MetricUpdate { value keys { label } ... on MetricUpdate { final } }`,
    ],
    [
      'conditions',
      `subscription ($yes: Boolean!, $no: Boolean!) { ${start} { value @include(if: $yes) final @skip(if: $yes) cursor @include(if: $no) revision } }`,
      { yes: true, no: false },
    ],
  ])('says the same of %s', (_, text, variables = {}) => {
    const { compiled, executed } = compiledAndExecuted(text, variables, event);
    expect(executed.errors).toBeUndefined();
    expect(compiled).toBe(JSON.stringify(executed.data));
  });

  it('says the same of a notice', () => {
    const notice = { ...event, update: undefined, notice: 'Something is missing.' };
    const text = `subscription { ${start} { windowStart keys { value } value revision notice } }`;
    const { compiled, executed } = compiledAndExecuted(text, {}, notice);
    expect(compiled).toBe(JSON.stringify(executed.data));
  });

  it('leaves errors to the execution', () => {
    const odd = { ...event, request: { ...event.request, metric: 'NOTHING' } };
    const { compiled, executed } = compiledAndExecuted(
      `subscription { ${start} { metric cursor } }`,
      {},
      odd,
    );
    expect(compiled).toBeUndefined();
    expect(executed.errors).toHaveLength(1);
  });
});
