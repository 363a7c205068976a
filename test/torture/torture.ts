// The torture: known events go in while everything that takes part is killed again and again; then the books are compared.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openLog } from '../../src/cli/open-log.js';
import { createLog } from '../../src/core/log.js';
import { pause } from '../../src/core/pause.js';
import type { EventLog, NewRecord } from '../../src/stream/event-log.js';
import { createListener } from '../../src/stream/postgres-listener.js';
import { type Kills, startChaos } from './chaos.js';
import { createPipelineProcess } from './pipeline-process.js';
import { behaviourTopic, createPlan, measurementTopic, type Plan, type Sent } from './plan.js';
import { startServers, type TortureServers } from './servers.js';
import { awaitCaughtUp, findDisagreements, type Tally } from './verify.js';

export interface TortureOptions {
  readonly log: 'postgres' | 'kafka';
  readonly events: number;
  readonly kills: Kills;
  readonly seed: number;
  /** A folder for data and logs, made if need be; stays. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

export interface TortureResult {
  readonly sent: number;
  readonly tally: Tally;
  /** What is not as it must be, as sentences; empty when all is well. */
  readonly disagreements: readonly string[];
}

const topics = { results: 'flywheel.results', deadLetters: 'flywheel.dead-letters' };
const partitions = 4;
const appendedAtOnce = 200;

export async function torture(options: TortureOptions): Promise<TortureResult> {
  const { say, folder, kills, seed } = options;
  await mkdir(folder, { recursive: true });
  const servers = await startServers(folder, options.log);
  const listener = createListener({ url: servers.url });
  const log = openLog({
    config: { kafka: kafkaSettings(servers) },
    pool: servers.database.pool,
    url: servers.url,
    listener,
    logger: createLog({ level: 'silent' }),
  });
  const env = {
    ...servers.env,
    FLYWHEEL_DEMO: 'off',
    FLYWHEEL_TRAIN_EVERY: 'off',
    FLYWHEEL_TRAIN_AFTER_EVENTS: 'off',
    LOG_LEVEL: 'warn',
    FLYWHEEL_IDLE_MS: '1000',
  };
  const pipelines = [1, 2].map((number) =>
    createPipelineProcess(env, join(folder, `pipeline-${number}.log`)),
  );
  try {
    await log.ensureTopics([
      { name: behaviourTopic, partitions },
      { name: measurementTopic, partitions },
      { name: topics.results, partitions: 1 },
      { name: topics.deadLetters, partitions: 1 },
    ]);
    const plan = createPlan(seed);
    for (const pipeline of pipelines) pipeline.start();
    let sent = await append(log, plan.opening);
    await awaitCaughtUp(servers.database, log, [behaviourTopic]);
    say('the pipelines read');

    const chaos = startChaos({ seed, kills, pipelines, servers, say });
    sent += await produce(log, plan, options.events, () => chaos.progress());
    say(`${sent} records were sent`);
    await chaos.done;
    await awaitCaughtUp(servers.database, log, [behaviourTopic, measurementTopic]);
    say('the pipelines have caught up');
    const { tally, disagreements } = await findDisagreements(servers.database, log, plan.expected, topics);
    const codes = await Promise.all(pipelines.map((pipeline) => pipeline.stop()));
    const stopped = codes.every((code) => code === 0)
      ? []
      : [`The pipelines stopped with the codes ${codes}.`];
    return { sent, tally, disagreements: [...disagreements, ...stopped] };
  } finally {
    await Promise.all(pipelines.map((pipeline) => pipeline.kill()));
    await log.close();
    await listener.close();
    await servers.close();
  }
}

function kafkaSettings({ kafka }: TortureServers) {
  if (kafka === undefined) return undefined;
  return {
    brokers: kafka.brokers,
    ssl: false,
    sslCa: undefined,
    sslCert: undefined,
    sslKey: undefined,
    saslMechanism: undefined,
    username: '',
    password: '',
    createTopics: true,
    replication: -1,
  };
}

/** Sends as the kills go on, so that there is work at every moment. */
async function produce(log: EventLog, plan: Plan, events: number, progress: () => number): Promise<number> {
  let fresh = 0;
  let sent = 0;
  while (fresh < events) {
    const allowed = events * Math.min(1, progress() + 0.05);
    if (fresh >= allowed) {
      await pause(20);
      continue;
    }
    const count = Math.min(appendedAtOnce, events - fresh);
    sent += await append(log, plan.next(count));
    fresh += count;
  }
  return sent;
}

async function append(log: EventLog, sent: readonly Sent[]): Promise<number> {
  const byTopic = new Map<string, NewRecord[]>();
  for (const { topic, record } of sent) {
    const records = byTopic.get(topic) ?? [];
    records.push(record);
    byTopic.set(topic, records);
  }
  await Promise.all([...byTopic].map(([topic, records]) => log.append(topic, records)));
  return sent.length;
}
