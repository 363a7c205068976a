// The contract of the event log: what every implementation keeps, on a real server.

import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { EventLog } from '../../src/stream/event-log.js';
import { describeAppend } from './event-log-append.js';
import { describeConsume } from './event-log-consume.js';
import { describeMembers } from './event-log-members.js';
import { describeTail } from './event-log-tail.js';
import { type Collected, collect } from './log-readers.js';
import type { LogServer, MortalLog } from './log-server.js';

/** What the parts of the suite share: a log to use, and others that are closed after each test. */
export interface LogBench {
  /** The same log for all tests of the run. */
  log(): EventLog;
  server(): LogServer;
  /** Another log, closed after the test at the latest. */
  another(): Promise<EventLog>;
  mortal(): Promise<MortalLog>;
  /** A tail that keeps everything it gets, closed after the test at the latest. */
  collect(
    log: EventLog,
    topics: readonly string[],
    elsewhere: 'start' | 'end',
    from?: ReadonlyMap<string, bigint>,
  ): Promise<Collected>;
  /** Runs after the test, before the other logs are closed; last first. */
  after(close: () => Promise<unknown>): void;
}

/**
 * Runs the suite on the server that `open` opens. Every test makes topics and groups of its own. Positions are kept by
 * the tests, as the warehouse would keep them.
 */
export function describeEventLog(name: string, open: () => Promise<LogServer>): void {
  describe(`event log: ${name}`, () => {
    let server: LogServer | undefined;
    let shared: EventLog | undefined;
    const closers: (() => Promise<unknown>)[] = [];

    function opened<T>(value: T | undefined): T {
      if (value === undefined) throw new Error('The server of the suite did not open.');
      return value;
    }

    beforeAll(async () => {
      server = await open();
      shared = await server.connect();
    }, 120_000);

    afterEach(async () => {
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
    }, 60_000);

    afterAll(async () => {
      await shared?.close();
      await server?.close();
    }, 60_000);

    const bench: LogBench = {
      log: () => opened(shared),
      server: () => opened(server),
      async another() {
        const log = await opened(server).connect();
        closers.push(() => log.close());
        return log;
      },
      async mortal() {
        const mortal = await opened(server).connectMortal();
        closers.push(() => mortal.log.close());
        return mortal;
      },
      async collect(log, topics, elsewhere, from = new Map()) {
        const collected = await collect(log, topics, elsewhere, from);
        closers.push(() => collected.tail.close());
        return collected;
      },
      after: (close) => closers.push(close),
    };

    describeAppend(bench);
    describeTail(bench);
    describeConsume(bench);
    describeMembers(bench);
  });
}
