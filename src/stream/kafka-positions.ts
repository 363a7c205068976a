// Asks where lanes are to begin: of all that can begin now together, of those that are still at work when they end.

import { type ConsumeOptions, type PartitionRange, partitionKey } from './event-log.js';
import type { KafkaLane } from './kafka-lane.js';
import { atMost, pauseBeforeRetry } from './kafka-pause.js';
import type { KafkaView } from './kafka-view.js';

export interface PositionsDeps {
  readonly view: KafkaView;
  readonly position: ConsumeOptions['position'];
  /** Aborted when nothing is to begin any more. */
  readonly closing: AbortSignal;
  isOurs(lane: KafkaLane): boolean;
  /** Resolves when nobody in this process is at work on the partition under an ownership of the past. */
  isFree(lane: KafkaLane): Promise<void>;
  /** The lane may read from that place on. */
  onPosition(lane: KafkaLane, range: PartitionRange, position: bigint): void;
  report(error: unknown): void;
  /** What the view rejected with, in a sentence. */
  faultOf(error: unknown): Error;
}

export interface Positions {
  /** Halts the lanes and asks for their positions until there is an answer; a later question of a lane replaces this. */
  settle(lanes: readonly KafkaLane[]): Promise<void>;
  /** Nothing is asked for the lane any more. */
  forget(lane: KafkaLane): void;
}

/** How long batches at work are waited for, so that all positions are asked at once. */
const togetherMs = 50;

export function createPositions(deps: PositionsDeps): Positions {
  const { view, position, closing, isOurs, isFree, onPosition, report, faultOf } = deps;
  /** Which question is the latest of a lane. */
  const questions = new Map<KafkaLane, symbol>();

  async function ask(lanes: readonly KafkaLane[], question: symbol): Promise<void> {
    const isOpen = (lane: KafkaLane) => questions.get(lane) === question && isOurs(lane) && !closing.aborted;
    for (let tries = 0; ; tries += 1) {
      const open = lanes.filter(isOpen);
      if (open.length === 0) return;
      try {
        const topics = [...new Set(open.map(({ topic }) => topic))];
        const ranges = await view.ranges(topics).catch((error: unknown) => {
          throw faultOf(error);
        });
        const asked = open.flatMap((lane) => {
          const range = ranges.find(
            ({ topic, partition }) => topic === lane.topic && partition === lane.partition,
          );
          return range === undefined ? [] : [{ lane, range }];
        });
        const answers = await position(asked.map(({ range }) => range));
        for (const [index, { lane, range }] of asked.entries()) {
          const answer = answers[index] ?? null;
          if (answer === null || !isOpen(lane)) continue;
          if (answer <= range.end) onPosition(lane, range, answer);
          else report(new Error(`${partitionKey(range.topic, range.partition)} ends before ${answer}.`));
        }
        return;
      } catch (error) {
        if (closing.aborted) return;
        report(error);
        await pauseBeforeRetry(tries, closing);
      }
    }
  }

  return {
    async settle(lanes) {
      const question = Symbol('question');
      for (const lane of lanes) questions.set(lane, question);
      const idle: KafkaLane[] = [];
      let isTogether = true;
      const halts = lanes.map(async (lane) => {
        await lane.halt();
        await isFree(lane);
        if (isTogether) idle.push(lane);
        else await ask([lane], question);
      });
      await atMost(togetherMs, Promise.all(halts));
      isTogether = false;
      await ask(idle, question);
    },
    forget: (lane) => {
      questions.delete(lane);
    },
  };
}
