// Gateways and pipelines as processes of their own, on a test database, that can be killed as a crash would.

import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { launcher, type RunningProgram, runProgram } from '../support/program.js';
import { type Subscriber, subscribe } from './subscriber.js';
import type { Topics } from './topics.js';

export interface GatewayProcess {
  readonly program: RunningProgram;
  readonly url: string;
}

export interface Processes {
  readonly database: TestDatabase;
  readonly topics: Topics;
  gateway(): Promise<GatewayProcess>;
  /** A gateway and a pipeline in one. */
  everything(): Promise<GatewayProcess>;
  pipeline(): Promise<RunningProgram>;
  /** Resolves when a program that was started by `run` answers. */
  answering(program: RunningProgram): Promise<GatewayProcess>;
  /** Starts the program without waiting for anything. */
  run(settings: Readonly<Record<string, string>>, ...args: readonly string[]): RunningProgram;
  follow(url: string, args: string, after?: string): Subscriber;
  close(): Promise<void>;
}

const greeting = /answers at (http:\/\/127\.0\.0\.1:\d+)\/graphql/;

/** As a crash: nothing is finished, nobody is told. */
export async function kill(program: RunningProgram): Promise<void> {
  program.child.kill('SIGKILL');
  await program.ended;
}

/** Call `close` in `afterEach`; it ends what still runs. */
export async function openProcesses(
  openTopics: (database: TestDatabase) => Promise<Topics>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Processes> {
  const database = await createTestDatabase({ poolSize: 10 });
  const topics = await openTopics(database);
  const programs: RunningProgram[] = [];
  const subscribers: Subscriber[] = [];

  function run(more: Readonly<Record<string, string>>, ...args: readonly string[]): RunningProgram {
    const env = {
      DATABASE_URL: database.url,
      FLYWHEEL_DEMO: 'off',
      FLYWHEEL_TRAIN_EVERY: 'off',
      FLYWHEEL_TRAIN_AFTER_EVENTS: 'off',
      LOG_LEVEL: 'warn',
      PORT: '0',
      ...topics.settings,
      ...settings,
      ...more,
    };
    const program = runProgram(process.execPath, [launcher, ...args], { env });
    programs.push(program);
    return program;
  }

  async function answering(program: RunningProgram): Promise<GatewayProcess> {
    return { program, url: greeting.exec(await program.saying(greeting))?.[1] ?? '' };
  }

  return {
    database,
    topics,
    run,
    answering,
    gateway: () => answering(run({}, 'start', '--role', 'gateway')),
    everything: () => answering(run({}, 'start')),
    async pipeline() {
      const program = run({}, 'start', '--role', 'pipeline');
      await program.saying('The pipeline runs');
      return program;
    },
    follow(url, args, after) {
      const subscriber = subscribe(url, args, after);
      subscribers.push(subscriber);
      return subscriber;
    },
    async close() {
      await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
      await Promise.all(
        programs.map(async (program) => {
          if (program.child.exitCode === null && program.child.signalCode === null) program.interrupt();
          await program.ended;
        }),
      );
      await topics.close();
      await database.close();
    },
  };
}
