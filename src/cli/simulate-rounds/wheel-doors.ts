// The gateway's public doors that the people of the rounds come through, each as a function.

import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { createBackoff } from '../../core/pause.js';
import { type ArmName, arms } from '../../simulator/rounds/ledger.js';
import { slotsPerList } from '../../simulator/rounds/truth.js';
import type { AskGateway } from './ask-gateway.js';
import type { ShopEvent } from './shop-events.js';

/** What somebody was proposed. */
export interface Proposed {
  readonly customer: string;
  /** Null where nothing was decided, because the event log or the gateway was in trouble. */
  readonly decision: string | null;
  readonly arm: ArmName | null;
  readonly degraded: boolean;
  /** Codes, in the order of the slots. */
  readonly products: readonly string[];
}

export interface WheelState {
  /** How far the event log has come; null for an empty one. */
  readonly watermarkMs: number | null;
  readonly attributionWindowMs: number;
}

/** Customers that ask in one request, and events that are handed over in one. */
const askersPerRequest = 50;
const eventsPerRequest = 500;

/** How long settling and training may take; on a machine that is busy both take their time. */
const settlingMsMax = 300_000;
const trainingMsMax = 600_000;

const stateShape = z.object({
  flywheel: z.object({ watermark: z.string().nullable(), attributionWindowMs: z.number() }),
});
const positionShape = z.object({ flywheel: z.object({ position: z.string() }) });
const settledShape = z.object({ flywheel: z.object({ settled: z.boolean() }) });
const collectShape = z.object({
  collect: z.object({ rejected: z.array(z.object({ index: z.number(), reason: z.string() })) }),
});
const proposedShape = z.record(
  z.string(),
  z.object({
    decision: z.string().nullable(),
    arm: z.enum(arms).nullable(),
    degraded: z.boolean(),
    items: z.array(z.object({ product: z.object({ code: z.string() }).nullable() })),
  }),
);
const trainingShape = z.object({ train: z.object({ number: z.number() }) });
const trainingsShape = z.object({
  trainings: z.array(
    z.object({
      number: z.number(),
      state: z.string(),
      step: z.string().nullable(),
      version: z.number().nullable(),
    }),
  ),
});
const productShape = z.object({ product: z.object({ category: z.string().nullable() }).nullable() });
const switchShape = z.object({ setAutomatic: z.unknown() });

function proposalDocument(askers: number): string {
  const places = Array.from({ length: askers }, (_, place) => place);
  const asked = places.map(
    (place) =>
      `c${place}: recommendations(customer: $c${place}, first: ${slotsPerList}, decide: true, keepOwned: true) { ...list }`,
  );
  return `query (${places.map((place) => `$c${place}: String!`).join(', ')}) { ${asked.join(' ')} }
    fragment list on Recommendations { decision arm degraded items { product { code } } }`;
}

/** Asks again and again until `look` gives something; TIMEOUT with `sentence` after so long. */
export async function waitFor<T>(
  mostMs: number,
  sentence: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const backoff = createBackoff();
  const untilMs = performance.now() + mostMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= untilMs) throw new FlywheelError('TIMEOUT', sentence);
    await backoff.wait();
  }
}

/** So many in turn; the last part may be smaller. */
export function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, chunk) =>
    items.slice(chunk * size, (chunk + 1) * size),
  );
}

const againMax = 5;
/** A log that is slow gets time to recover: what it was too slow for is written all the same, and each try adds to it. */
const againAfterMs = { first: 300, most: 5_000 } as const;

const isUndecided = ({ decision, degraded }: Proposed) => decision === null && degraded;

/** In one request. */
async function proposeTo(ask: AskGateway, customers: readonly string[]): Promise<readonly Proposed[]> {
  const variables = Object.fromEntries(customers.map((customer, place) => [`c${place}`, customer]));
  const answer = await ask(proposalDocument(customers.length), variables, proposedShape);
  return customers.flatMap((customer, place) => {
    const list = answer[`c${place}`];
    if (list === undefined) return [];
    const { decision, arm, degraded, items } = list;
    return { customer, decision, arm, degraded, products: items.map(({ product }) => product?.code ?? '') };
  });
}

/** All of them reject with a FlywheelError whose message says what to do. Nothing is asked while another answer is due. */
export function createWheelDoors(ask: AskGateway) {
  return {
    /** Fails at once where nobody answers. */
    async state(): Promise<WheelState> {
      const { flywheel } = await ask('{ flywheel { watermark attributionWindowMs } }', {}, stateShape, {
        patienceMs: 0,
      });
      const { watermark, attributionWindowMs } = flywheel;
      return { watermarkMs: watermark === null ? null : Date.parse(watermark), attributionWindowMs };
    },

    /** Whether the gateway knows which category a product is of. */
    async knowsCategory(product: string): Promise<boolean> {
      const document = 'query ($code: String!) { product(code: $code) { category } }';
      const found = await ask(document, { code: product }, productShape);
      return (found.product?.category ?? null) !== null;
    },

    /** In the order given. One that is refused is a mistake of ours: INTERNAL. */
    async collect(events: readonly ShopEvent[]): Promise<void> {
      const document =
        'mutation ($events: [EventInput!]!) { collect(events: $events) { rejected { index reason } } }';
      for (const chunk of chunksOf(events, eventsPerRequest)) {
        const { collect } = await ask(document, { events: chunk }, collectShape);
        const [refused] = collect.rejected;
        if (refused !== undefined)
          throw new FlywheelError(
            'INTERNAL',
            `The gateway refuses an event of the simulation: ${refused.reason}`,
          );
      }
    },

    /** Waits until all that was sent, decided and shown so far has had its effect. */
    async settle(): Promise<void> {
      const { flywheel } = await ask('{ flywheel { position } }', {}, positionShape);
      const document = 'query ($position: String!) { flywheel { settled(position: $position) } }';
      await waitFor(
        settlingMsMax,
        'The gateway has not worked out in five minutes what was sent to it; see whether a process with --role pipeline runs, and what it logs.',
        async () => {
          const answer = await ask(document, { position: flywheel.position }, settledShape);
          return answer.flywheel.settled ? true : undefined;
        },
      );
    },

    /**
     * Asks for proposals, for one group of customers after the other. Who gets no decision, because the event log or the
     * gateway is slow just then, asks again a few times: the same question at the same moment has one answer.
     */
    async propose(customers: readonly string[]): Promise<readonly Proposed[]> {
      const proposed: Proposed[] = [];
      for (const chunk of chunksOf(customers, askersPerRequest)) {
        const backoff = createBackoff(againAfterMs.first, againAfterMs.most);
        let lists = await proposeTo(ask, chunk);
        for (let again = 0; again < againMax && lists.some(isUndecided); again += 1) {
          await backoff.wait();
          const waiting = lists.filter(isUndecided).map(({ customer }) => customer);
          const answered = new Map((await proposeTo(ask, waiting)).map((list) => [list.customer, list]));
          lists = lists.map((list) => answered.get(list.customer) ?? list);
        }
        proposed.push(...lists);
      }
      return proposed;
    },

    async switchLearning(on: boolean): Promise<void> {
      const document = 'mutation ($on: Boolean!) { setAutomatic(action: LEARNING, on: $on) { __typename } }';
      await ask(document, { on }, switchShape);
    },

    /** Has the recommender trained and waits for the end of it. */
    async trainRecommender(seed: number): Promise<void> {
      const { train } = await ask(
        'mutation ($seed: Int!) { train(service: RECOMMENDATION, seed: $seed) { number } }',
        { seed },
        trainingShape,
      );
      const training = await waitFor(
        trainingMsMax,
        'The recommender is not trained after ten minutes; see whether a process with --role pipeline runs, and what it logs.',
        async () => {
          const document = '{ trainings(service: RECOMMENDATION, first: 10) { number state step version } }';
          const { trainings } = await ask(document, {}, trainingsShape);
          const own = trainings.find(({ number }) => number === train.number);
          return own === undefined || own.state === 'WAITING' || own.state === 'RUNNING' ? undefined : own;
        },
      );
      if (training.state !== 'REGISTERED')
        throw new FlywheelError(
          'CONFLICT',
          `A training that the simulation asked for ended as ${training.state}: ${training.step ?? 'no reason was given'}. Let nobody else train meanwhile.`,
        );
    },
  };
}

export type WheelDoors = ReturnType<typeof createWheelDoors>;
