// Learners over a real warehouse: examples enter with facts, are learned once each in their sequence, and predict.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Handler } from '../../../src/services/host/workshop-contract.js';
import { beginAnew, consumeExamples, learnAnew, learnNext } from '../../../src/services/learning/consume.js';
import { learningMethods } from '../../../src/services/learning/contract.js';
import { examplesOf } from '../../../src/services/learning/example-block.js';
import { type LearnerDeclaration, learners } from '../../../src/services/learning/learners.js';
import { readyLearner } from '../../../src/services/learning/ready-learner.js';
import { createLearningHandler } from '../../../src/services/learning/service.js';
import { learningWorkshop } from '../../../src/services/learning/workshop.js';
import {
  type BatchFacts,
  createExampleWriter,
  type RefusedExample,
} from '../../../src/services/learning/write-examples.js';
import { readStates } from '../../../src/warehouse/learner-states.js';
import type { EventFact, SaleFact } from '../../../src/warehouse/stream/facts.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

const waiting = { signal: new AbortController().signal };

let database: TestDatabase;
let handler: Handler;
let refused: RefusedExample[];

beforeEach(async () => {
  database = await createTestDatabase();
  handler = await learningWorkshop.open(undefined, { database });
  refused = [];
});
afterEach(() => database.close());

const eventFact = (over: Partial<EventFact>): EventFact => ({
  source: 'test',
  eventId: '1',
  type: 'view',
  customerId: null,
  customer: null,
  productId: null,
  product: null,
  value: null,
  text: null,
  attributes: null,
  occurredAt: 0,
  ...over,
});

const saleFact: SaleFact = {
  source: 'test',
  invoice: '77',
  line: 1,
  kind: 'SALE',
  productId: 1,
  product: 'P1',
  customerId: 1,
  customer: 'C1',
  regionId: null,
  region: null,
  dateId: 19700101,
  quantity: '1',
  unitPrice: '1',
  amount: '1',
  estimated: 'f',
  soldAt: 5,
};

/** An event that bears an example of the learner `line`. */
const lineFact = (id: number, features: unknown, value: string | null, model = 'line') =>
  eventFact({
    eventId: String(id),
    type: 'example',
    value,
    attributes: JSON.stringify({ model, features }),
    occurredAt: id,
  });

async function write(
  facts: Partial<BatchFacts>,
  to: readonly LearnerDeclaration[] = learners,
): Promise<number> {
  const writer = createExampleWriter(to);
  const written = await inTransaction(database, (session) =>
    writer(session, { events: [], sales: [], ...facts }),
  );
  refused.push(...written.refused);
  return written.count;
}

function declared(name: string) {
  const declaration = learners.find((learner) => learner.name === name);
  if (declaration === undefined) throw new Error(`${name} is not declared.`);
  return readyLearner(declaration);
}

async function predict(model: string, features: readonly number[]) {
  const { results, model: answered } = await handler('predict', [{ model, features }], waiting);
  return { ...learningMethods.predict.result.parse(results[0]), answered };
}

const memories = async () =>
  (await readStates(database)).map(({ learner, next, memory }) => [
    learner,
    next,
    Buffer.from(memory.buffer).toString('hex'),
  ]);

/** A plane with a little that is not explained. */
const plane = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => {
    const [a, b] = [((from + at) % 7) / 7, ((from + at) % 5) / 5];
    return lineFact(from + at, { x1: a, x2: b }, String(2 * a - b + ((from + at) % 3) / 100));
  });

describe('the learner of a line', () => {
  it('gives the seed prediction, and says how many examples it had', async () => {
    expect(await predict('line', [15, 16])).toEqual({
      prediction: 0,
      examples: 0,
      answered: 'learning/line@1',
    });
    const added = await write({
      events: [lineFact(1, [10, 11], '4'), lineFact(2, [11, 12], '5'), lineFact(3, [12, 13], '6')],
    });
    expect(added).toBe(3);
    expect(await learnNext(database, declared('line'))).toEqual({ examples: 3, drifts: [] });
    const { prediction, examples } = await predict('line', [15, 16]);
    expect(prediction).toBeCloseTo(19.29666937250204, 12);
    expect(examples).toBe(3);
    const { results } = await handler('learners', [{}], waiting);
    const [line] = learningMethods.learners.result.parse(results[0]);
    expect(line).toMatchObject({ name: 'line', columns: ['x1', 'x2'], drifts: 0, lastDrift: null });
    expect(line?.score?.loss).toBeCloseTo((4 + 4.72 + 6.910508667423157) / 3, 12);
  });

  it('numbers the examples of many writers without gaps, and is the same to the last bit when read again', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, part) => write({ events: plane(100 * part, 25) })));
    const { rows } = await database.pool.query<{ first: string; count: number }>(
      `SELECT first, count FROM example_block WHERE learner = 'line' ORDER BY first`,
    );
    expect(rows.map(({ first, count }) => [Number(first), count])).toEqual(
      Array.from({ length: 8 }, (_, at) => [25 * at, 25]),
    );
    const learner = declared('line');
    // By odd steps, several at a time.
    const steps = await Promise.all([
      learnNext(database, learner, 7),
      learnNext(database, learner, 50),
      learnNext(database, learner, 1),
    ]);
    expect(steps.map(({ examples }) => examples).sort((a, b) => a - b)).toEqual([1, 7, 50]);
    while ((await learnNext(database, learner, 13)).examples > 0);
    const learned = await memories();
    expect(learned[0]?.[1]).toBe(200n);
    await learnAnew(database, learner);
    expect(await memories()).toEqual(learned);
  });

  it('leaves state and place alone when a step does not come to its end', async () => {
    await write({ events: plane(0, 10) });
    const learner = declared('line');
    await learnNext(database, learner, 4);
    const before = await memories();
    let left = 3;
    const failing = {
      ...learner,
      vectorOf: (values: Parameters<typeof learner.vectorOf>[0]) => {
        left -= 1;
        if (left === 0) throw new Error('the power is gone');
        return learner.vectorOf(values);
      },
    };
    await expect(learnNext(database, failing)).rejects.toThrow('the power is gone');
    expect(await memories()).toEqual(before);
    expect(await learnNext(database, learner)).toMatchObject({ examples: 6 });
  });

  it('recovers from the wildest example that it takes, and takes none that is wilder', async () => {
    const line = declared('line');
    for (const [features, outcome, reason] of [
      [{ x1: 1e6, x2: -1e6 }, 1e6, undefined],
      [{ x1: 1.1e6, x2: 1 }, 1, 'its x1 is 1100000'],
      [{ x1: 1, x2: -1e100 }, 1, 'its x2 is -1e+100'],
      [{ x1: 1, x2: 1 }, -2e6, 'its outcome is -2000000'],
    ] as const) {
      const fault = expect(line.faultOf({ features, outcome }));
      if (reason === undefined) fault.toBeUndefined();
      else fault.toContain(reason);
    }
    expect(await write({ events: [lineFact(1, [1e100, 1], '1')] })).toBe(0);
    expect(refused[0]?.reason).toContain('-1,000,000 to 1,000,000');
    const rule = line.over(new Float64Array(line.memoryLength));
    rule.learn(line.vectorOf({ x1: 1e6, x2: -1e6 }), 1e6);
    const ordinary = (at: number) => ({ x1: at % 7, x2: at % 5 });
    for (let at = 0; at < 300_000; at += 1) {
      const { x1, x2 } = ordinary(at);
      rule.learn(line.vectorOf({ x1, x2 }), 2 * x1 - x2);
    }
    expect(rule.predict(line.vectorOf({ x1: 6, x2: 1 }))).toBeCloseTo(11, 0);
  });

  it('says where its error changed', async () => {
    const turned = (id: number, value: number) => lineFact(id, [1, 0], String(value));
    await write({
      events: Array.from({ length: 3000 }, (_, at) =>
        turned(at, at < 1500 ? 1 + (at % 2) / 10 : 50 * (at % 2)),
      ),
    });
    const learner = declared('line');
    const drifts = [];
    for (;;) {
      const step = await learnNext(database, learner);
      if (step.examples === 0) break;
      drifts.push(...step.drifts);
    }
    // The first examples are errors that fade, which is a change too.
    expect(drifts.some((place) => place >= 1500n && place < 1600n)).toBe(true);
    expect(drifts.filter((place) => place >= 500n && place < 1500n)).toEqual([]);
    const { results } = await handler('learners', [{}], waiting);
    const [line] = learningMethods.learners.result.parse(results[0]);
    expect(line?.drifts).toBe(drifts.length);
    // Places count from 0, examples from 1.
    expect(line?.lastDrift).toBe(Number(drifts.at(-1)) + 1);
  });

  it('refuses events that teach nothing, with the reason, and goes on', async () => {
    const added = await write({
      events: [
        lineFact(1, [1], '4'),
        lineFact(2, [1, 2], null),
        lineFact(3, { x1: 1, x9: 2 }, '4'),
        lineFact(4, { x1: 1, x2: [] }, '4'),
        lineFact(5, null, '4'),
        lineFact(6, [1, 'two'], '4'),
        lineFact(7, [1, 2], '4', 'curve'),
        lineFact(8, [1, 2], '4'),
        eventFact({ eventId: '9', type: 'example', attributes: '[]', value: '1' }),
      ],
    });
    expect(added).toBe(1);
    expect(refused.map(({ eventId }) => eventId).sort()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(refused.find(({ eventId }) => eventId === '7')?.reason).toContain('line, click, purchase');
    await expect(handler('predict', [{ model: 'curve', features: [1] }], waiting)).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    await expect(handler('predict', [{ model: 'line', features: [1] }], waiting)).rejects.toThrow('x1, x2');
  });
});

describe('a learner that cannot go on', () => {
  const ready = learners.map(readyLearner);

  /** One stretch of work, until it waits. */
  async function consume() {
    const closing = new AbortController();
    const learned: string[] = [];
    const faults: string[] = [];
    let waits = 0;
    await consumeExamples(database, ready, {
      signal: closing.signal,
      onLearned: ({ key }, { examples }) => learned.push(`${key.learner} ${examples}`),
      onFault: ({ key }, error) => faults.push(`${key.learner}: ${error}`),
      wait: async () => {
        waits += 1;
        if (waits === 2) closing.abort();
      },
    });
    return { learned, faults };
  }

  const clicked = (id: number) =>
    eventFact({ eventId: `click-${id}`, type: 'click', customer: 'C1', product: 'P1', occurredAt: id });

  it('is listed without a score, and spoils no answer of another', async () => {
    await write({ events: [...plane(0, 5), clicked(1)] });
    await consume();
    const item = { model: 'click', features: declared('click').columns.map(() => 0) };
    const [healthy] = (await handler('predict', [item], waiting)).results;
    for (const damage of [`decode(repeat('ff', length(memory)), 'hex')`, 'substr(memory, 1, 19)']) {
      await database.pool.query(`UPDATE learner_state SET memory = ${damage} WHERE learner = 'line'`);
      const list = learningMethods.learners.result.parse(
        (await handler('learners', [{}], waiting)).results[0],
      );
      expect(list.map(({ name, score }) => [name, score?.examples])).toEqual([
        ['line', undefined],
        ['click', 1],
        ['purchase', 1],
        ['response', 0],
      ]);
      expect((await handler('predict', [item], waiting)).results).toEqual([healthy]);
      const asked = handler('predict', [{ model: 'line', features: [1, 1] }, item], waiting);
      if (damage.startsWith('decode')) expect((await asked).results).toEqual([null, healthy]);
      else await expect(asked).rejects.toThrow('learn line --anew');
    }
  });

  it('holds up none of the others, is told of with what helps, and can begin anew', async () => {
    await write({ events: [...plane(0, 5), clicked(1)] });
    await learnNext(database, declared('line'));
    const [, , healthy] = (await memories())[0] ?? [];
    await database.pool.query(
      `UPDATE learner_state SET memory = substr(memory, 1, 19) WHERE learner = 'line'`,
    );
    await write({ events: [...plane(5, 5), clicked(2)] });
    const { learned, faults } = await consume();
    expect(learned).toEqual(['click 2', 'purchase 2']);
    // Once for each time that the others had learned what there was.
    expect(faults).toHaveLength(2);
    expect(faults[0]).toContain('npm run flywheel -- learn line --anew');
    expect(await beginAnew(database, declared('line'))).toBe(10);
    expect(await learnNext(database, declared('line'), 5)).toMatchObject({ examples: 5 });
    expect((await memories()).find(([name]) => name === 'line')?.[2]).toBe(healthy);
    expect(await consume()).toEqual({ learned: ['line 5'], faults: [] });
  });

  it('waits where its sequence is ahead of what is stored, and goes on with what is there', async () => {
    await database.pool.query(`INSERT INTO example_sequence (learner, next) VALUES ('line', 723)`);
    const nothingThere = await consume();
    expect(nothingThere.learned).toEqual([]);
    expect(nothingThere.faults[0]).toContain('its example 1 of 723 is not stored any more');
    await write({ events: plane(0, 4) });
    expect((await consume()).faults[0]).toContain('its example 1 of 727');
    expect(await beginAnew(database, declared('line'))).toBe(4);
    expect(await consume()).toEqual({ learned: ['line 4'], faults: [] });
    await database.pool.query(`DELETE FROM example_block; DELETE FROM example_sequence`);
    await expect(learnNext(database, declared('line'))).rejects.toThrow(
      'has learned 727 examples, and there have been only 0',
    );
  });

  it('stands before a gap, and takes nothing that lies behind it for what is missing', async () => {
    for (const from of [0, 10, 20]) await write({ events: plane(from, 10) });
    await database.pool.query('DELETE FROM example_block WHERE first = 10');
    const line = declared('line');
    expect(await learnNext(database, line)).toMatchObject({ examples: 10 });
    const before = await memories();
    await expect(learnNext(database, line)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('its example 11 of 30'),
    });
    expect(await memories()).toEqual(before);
    expect(await beginAnew(database, line)).toBe(10);
    expect(await learnNext(database, line)).toMatchObject({ examples: 10 });
  });
});

describe('the learners of behaviour', () => {
  const who = { customer: 'C1', product: 'P1' };

  it('take views, clicks and sales, in the order in which they happened', async () => {
    await write({
      events: [
        eventFact({ ...who, product: 'P3', eventId: 'a', type: 'click', occurredAt: 9 }),
        eventFact({ ...who, product: 'P2', eventId: 'b', occurredAt: 1 }),
        eventFact({ ...who, eventId: 'c', type: 'search', occurredAt: 2 }),
        eventFact({ customer: 'C1', eventId: 'd', occurredAt: 3 }),
      ],
      sales: [
        saleFact,
        { ...saleFact, line: 2, kind: 'RETURN' },
        { ...saleFact, line: 3, customer: null },
        { ...saleFact, line: 4, quantity: '-1' },
        { ...saleFact, line: 5, amount: '0' },
      ],
    });
    const { rows } = await database.pool.query<{ learner: string; examples: string }>(
      'SELECT learner, examples FROM example_block ORDER BY learner',
    );
    const stored = rows.map(({ learner, examples }) => [
      learner,
      examplesOf(examples, () => true).map(({ features, outcome }) => [features.product, outcome]),
    ]);
    expect(stored).toEqual([
      [
        'click',
        [
          ['P2', 0],
          ['P3', 1],
        ],
      ],
      [
        'purchase',
        [
          ['P2', 0],
          ['P1', 1],
          ['P3', 0],
        ],
      ],
    ]);
    expect(refused).toEqual([]);
  });

  it('find who clicks on what, better than the share of clicks', async () => {
    await write({
      events: Array.from({ length: 2000 }, (_, at) =>
        eventFact({
          eventId: String(at),
          customer: `C${at % 9}`,
          product: `P${at % 11}`,
          type: at % 9 < 4 ? 'click' : 'view',
          occurredAt: at * 1000,
        }),
      ),
    });
    const closing = new AbortController();
    const seen: string[] = [];
    await consumeExamples(database, learners.map(readyLearner), {
      signal: closing.signal,
      onLearned: ({ key }) => seen.push(key.learner),
      onFault: (_, error) => expect.unreachable(String(error)),
      wait: async () => closing.abort(),
    });
    expect(seen).toEqual(['click', 'purchase']);
    const { results } = await handler('learners', [{}], waiting);
    const click = learningMethods.learners.result.parse(results[0]).find(({ name }) => name === 'click');
    expect(click?.score?.examples).toBe(2000);
    expect(click?.score?.loss).toBeLessThan((click?.score?.baselineLoss ?? 0) * 0.7);
    const learner = declared('click');
    const unknown = { price: 0, soldLately: 0, boughtBefore: 0 };
    const chance = async (customer: string) =>
      (
        await predict('click', [
          ...learner.vectorOf({ ...unknown, customer, product: 'P3', weekday: 'Thursday', hour: '0' }),
        ])
      ).prediction;
    expect(await chance('C1')).toBeGreaterThan(0.5);
    expect(await chance('C7')).toBeLessThan(0.5);
  });

  it('begin anew with a new version, and leave the state of the old one alone', async () => {
    await write({ events: plane(0, 5) });
    await learnNext(database, declared('line'));
    const [line] = learners;
    if (line === undefined) throw new Error('There are no learners.');
    const next = { ...line, version: 2 };
    expect(await learnNext(database, readyLearner(next))).toMatchObject({ examples: 5 });
    expect((await readStates(database)).map(({ version }) => version)).toEqual([1, 2]);
    const answer = await createLearningHandler([next], { database })(
      'predict',
      [{ model: 'line', features: [1, 1] }],
      waiting,
    );
    expect(answer.model).toBe('learning/line@2');
  });

  it('pass over what a new version cannot read, and learn what comes behind it', async () => {
    const [line] = learners;
    if (line === undefined) throw new Error('There are no learners.');
    const earlier = { ...line, features: [{ name: 'x1', kind: 'hashed', buckets: 4 } as const] };
    await write({ events: [lineFact(1, ['far'], '4')] }, [earlier]);
    await write({ events: plane(2, 3) });
    expect(refused).toEqual([]);
    expect(await learnNext(database, declared('line'))).toMatchObject({ examples: 4 });
    expect(await predict('line', [1, 1])).toMatchObject({ examples: 3 });
  });
});
