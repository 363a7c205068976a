// The torture: known events go in while everything that takes part is killed again and again; then the books are compared.

import { mkdir } from 'node:fs/promises';
import { openLog } from '../../src/cli/open-log.js';
import { createLog } from '../../src/core/log.js';
import { pause } from '../../src/core/pause.js';
import type { EventLog, NewRecord } from '../../src/stream/event-log.js';
import { createListener } from '../../src/stream/postgres-listener.js';
import { type Kills, startChaos } from './chaos.js';
import { type Delays, watchDelays } from './delays.js';
import { type Follower, startFollowers } from './followers.js';
import { behaviourTopic, createPlan, measurementTopic, type Plan, type Sent } from './plan.js';
import { createRoleProcess, type RoleProcess } from './role-process.js';
import { startServers, type TortureServers } from './servers.js';
import { awaitCaughtUp, findDisagreements, type Tally } from './verify.js';
import { findFollowerDisagreements } from './verify-followers.js';

export interface TortureOptions {
  readonly log: 'postgres' | 'kafka';
  /** Of Kafka; three are killed in turn. */
  readonly nodes: 1 | 3;
  /** From one kill of a node to the next, where there are three. */
  readonly nodeEveryMs?: number;
  /** How many gateways there are, with two subscribers each. */
  readonly gateways: 0 | 2;
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
  readonly delays: Delays;
  /** What the subscribers received, and how often they went on after a loss. */
  readonly messages: number;
  readonly resumptions: number;
  /** What is not as it must be, as sentences; empty when all is well. */
  readonly disagreements: readonly string[];
}

const topics = { results: 'flywheel.results', deadLetters: 'flywheel.dead-letters' };
const partitions = 4;
const appendedAtOnce = 200;
const nodeEveryMs = 30_000;

/** Nobody answers there: what is told is not about the services, and the threads of four take their time to start. */
const awayUrl = 'http://127.0.0.1:1';

export async function torture(options: TortureOptions): Promise<TortureResult> {
  const { say, folder, kills, seed } = options;
  await mkdir(folder, { recursive: true });
  const servers = await startServers(folder, options.log === 'kafka' ? options.nodes : 0);
  const { database } = servers;
  const listener = createListener({ url: servers.url });
  const log = openLog({
    config: { kafka: kafkaSettings(servers) },
    pool: database.pool,
    url: servers.url,
    listener,
    logger: createLog({ level: 'silent' }),
  });
  const { pipelines, gateways } = createProcesses(options, servers);
  const delays = watchDelays(database, [behaviourTopic, measurementTopic]);
  const send = (sent: readonly Sent[]) => delays.during(sent.length, () => append(log, sent));
  let followers: readonly Follower[] = [];
  try {
    await log.ensureTopics([
      { name: behaviourTopic, partitions },
      { name: measurementTopic, partitions },
      { name: topics.results, partitions: 1 },
      { name: topics.deadLetters, partitions: 1 },
    ]);
    const plan = createPlan(seed);
    await startAll([...pipelines, ...gateways]);
    let sent = await send(plan.opening);
    await awaitCaughtUp(database, log, [behaviourTopic]);
    say('the pipelines read');
    followers = startFollowers(gateways);
    await untilAllHear(followers);

    const chaos = startChaos({
      seed,
      kills,
      nodeEveryMs: options.nodeEveryMs ?? nodeEveryMs,
      pipelines,
      gateways,
      servers,
      say,
    });
    sent += await produce(send, plan, options.events, () => chaos.progress());
    say(`${sent} records were sent`);
    await chaos.done;
    await awaitCaughtUp(database, log, [behaviourTopic, measurementTopic]);
    say('the pipelines have caught up');
    const { tally, disagreements } = await findDisagreements(database, log, plan.expected, topics);
    const unheard = await findFollowerDisagreements(database, followers);
    const codes = await Promise.all([...pipelines, ...gateways].map((one) => one.stop()));
    const stopped = codes.every((code) => code === 0)
      ? []
      : [`The pipelines and gateways stopped with the codes ${codes}.`];
    return {
      sent,
      tally,
      delays: delays.seen(),
      messages: followers.reduce((sum, follower) => sum + follower.received().length, 0),
      resumptions: followers.reduce((sum, follower) => sum + follower.resumed(), 0),
      disagreements: [...disagreements, ...unheard, ...stopped],
    };
  } finally {
    delays.stop();
    await Promise.all(followers.map((follower) => follower.stop()));
    await Promise.all([...pipelines, ...gateways].map((one) => one.kill()));
    await log.close();
    await listener.close();
    await servers.close();
  }
}

function createProcesses({ folder, gateways }: TortureOptions, servers: TortureServers) {
  const env = {
    ...servers.env,
    FLYWHEEL_DEMO: 'off',
    FLYWHEEL_TRAIN_EVERY: 'off',
    FLYWHEEL_TRAIN_AFTER_EVENTS: 'off',
    LOG_LEVEL: 'warn',
    FLYWHEEL_IDLE_MS: '1000',
  };
  const away = { RECOMMENDATION_URL: awayUrl, SEGMENTATION_URL: awayUrl, FORECASTING_URL: awayUrl };
  const create = (role: 'pipeline' | 'gateway', number: number, more: Readonly<Record<string, string>>) =>
    createRoleProcess({ role, number, folder, env: { ...env, ...more } });
  return {
    pipelines: [1, 2].map((number) => create('pipeline', number, {})),
    gateways: [1, 2].slice(0, gateways).map((number) => create('gateway', number, away)),
  };
}

async function startAll(processes: readonly RoleProcess[]): Promise<void> {
  for (const one of processes) one.start();
  await Promise.all(processes.map((one) => one.running()));
  const failed = processes.find((one) => !one.isUp());
  if (failed !== undefined) throw new Error(`The ${failed.name} did not start; its log says why.`);
}

/** Kills begin when every subscriber has the state of the beginning. */
async function untilAllHear(followers: readonly Follower[]): Promise<void> {
  while (followers.some((follower) => follower.received().length === 0)) await pause(50);
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
async function produce(
  send: (sent: readonly Sent[]) => Promise<number>,
  plan: Plan,
  events: number,
  progress: () => number,
): Promise<number> {
  let fresh = 0;
  let sent = 0;
  while (fresh < events) {
    const allowed = events * Math.min(1, progress() + 0.05);
    if (fresh >= allowed) {
      await pause(20);
      continue;
    }
    const count = Math.min(appendedAtOnce, events - fresh);
    sent += await send(plan.next(count));
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
