// A real Flink on this machine, with its SQL gateway: started, its processes killed and started again, stopped.

import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlywheelError } from '../../core/errors.js';
import { flinkSettings } from './flink-settings.js';
import { choosePorts } from './ports.js';
import { type EngineProcess, spawnEngine } from './process.js';

const readyTimeoutMs = 300_000;
const askTimeoutMs = 5_000;

export interface FlinkOptions {
  /** FLINK_HOME, as `installFlink` resolves to it. */
  readonly home: string;
  /** Where logs, checkpoints and savepoints are kept. */
  readonly folder: string;
  /** How many slots each task manager has. */
  readonly slots: number;
  readonly taskManagers: number;
  /** The port of REST; those of the SQL gateway and the job manager follow. 0: free ones. */
  readonly port: number;
  readonly signal?: AbortSignal | undefined;
}

/** Whoever starts a process again gets it on the same port, and waits until all of the cluster answers. */
export interface FlinkCluster {
  /** The address of REST, such as `http://127.0.0.1:8081`. */
  readonly rest: string;
  /** The address of the SQL gateway. */
  readonly sqlGateway: string;
  /** Starts one more, and resolves when its slots are there. */
  startTaskManager(): Promise<void>;
  /** Ends the task manager that has run longest at once, as a crash would. */
  killTaskManager(): Promise<void>;
  startJobManager(): Promise<void>;
  /** Without it its jobs are forgotten; their checkpoints stay. */
  killJobManager(): Promise<void>;
  startGateway(): Promise<void>;
  /** Its sessions end; jobs run on. */
  killGateway(): Promise<void>;
  stop(): Promise<void>;
  /** Resolves when the job manager or the gateway of the beginning has ended. */
  readonly ended: Promise<void>;
}

/** Starts the cluster, and resolves when REST, the gateway and all slots are there. Rejects with a sentence otherwise. */
export async function startFlink(options: FlinkOptions): Promise<FlinkCluster> {
  const folder = resolve(options.folder);
  const { home, signal } = options;
  const [rest = 0, sqlGateway = 0, jobManager = 0] = await choosePorts(options.port, 3);
  const env = await configure({ ...options, folder, ports: { rest, sqlGateway, jobManager } });
  const restUrl = `http://127.0.0.1:${rest}`;
  const gatewayUrl = `http://127.0.0.1:${sqlGateway}`;

  const run = (name: string, script: string, ...args: string[]): EngineProcess =>
    spawnEngine({
      command: join(home, 'bin', script),
      args: ['start-foreground', ...args],
      logFile: join(folder, 'logs', `${name}.log`),
      env,
    });
  const taskManagers = new Map<string, EngineProcess>();
  let taskManagersStarted = 0;
  const addTaskManager = () => {
    taskManagersStarted += 1;
    const name = `taskmanager-${taskManagersStarted}`;
    const started = run(name, 'taskmanager.sh', `-Dtaskmanager.resource-id=${name}`);
    taskManagers.set(name, started);
    void started.ended.then(() => taskManagers.delete(name));
  };
  const runJobManager = () => run('jobmanager', 'jobmanager.sh');
  const runGateway = () => run('gateway', 'sql-gateway.sh');
  const processes = { jobManager: runJobManager(), gateway: runGateway() };
  for (let count = 0; count < options.taskManagers; count += 1) addTaskManager();

  const stop = async () => {
    const all = [processes.gateway, ...taskManagers.values(), processes.jobManager];
    await Promise.all(all.map((one) => one.stop()));
  };
  const ready = () =>
    untilReady({
      restUrl,
      gatewayUrl,
      taskManagers: () => [...taskManagers.keys()],
      required: [processes.jobManager, processes.gateway, ...taskManagers.values()],
      folder,
      signal,
    });
  try {
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    rest: restUrl,
    sqlGateway: gatewayUrl,
    async startTaskManager() {
      addTaskManager();
      await ready();
    },
    async killTaskManager() {
      const [oldest] = taskManagers.values();
      await oldest?.kill();
    },
    async startJobManager() {
      await processes.jobManager.ended;
      processes.jobManager = runJobManager();
      await ready();
    },
    killJobManager: () => processes.jobManager.kill(),
    async startGateway() {
      await processes.gateway.ended;
      processes.gateway = runGateway();
      await ready();
    },
    killGateway: () => processes.gateway.kill(),
    stop,
    ended: Promise.race([processes.jobManager.ended, processes.gateway.ended]),
  };
}

interface Configuration extends FlinkOptions {
  readonly ports: Parameters<typeof flinkSettings>[0]['ports'];
}

/** Writes the configuration, and resolves to the variables that lead Flink's scripts to it. */
async function configure({ home, folder, slots, ports }: Configuration): Promise<Record<string, string>> {
  const theirs = join(home, 'conf');
  const ours = join(folder, 'conf');
  const logs = join(folder, 'logs');
  for (const place of [ours, logs]) await mkdir(place, { recursive: true });
  for (const name of await readdir(theirs)) {
    if (name.startsWith('log4j')) await cp(join(theirs, name), join(ours, name));
  }
  const text = await readFile(join(theirs, 'config.yaml'), 'utf8');
  const javaOptions = /^ *all: (--add.*)$/m.exec(text)?.[1] ?? '';
  await writeFile(join(ours, 'config.yaml'), flinkSettings({ ports, slots, folder, javaOptions }));
  return { FLINK_CONF_DIR: ours, FLINK_LOG_DIR: logs, FLINK_PID_DIR: folder };
}

interface Readiness {
  readonly restUrl: string;
  readonly gatewayUrl: string;
  /** The names of those that run. */
  taskManagers(): readonly string[];
  /** When one of them ends there is nothing to wait for. */
  readonly required: readonly EngineProcess[];
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

async function untilReady(wanted: Readiness): Promise<void> {
  const { restUrl, gatewayUrl, required, folder, signal } = wanted;
  const deadlineMs = performance.now() + readyTimeoutMs;
  let someEnded = false;
  for (const { ended } of required) {
    void ended.then(() => {
      someEnded = true;
    });
  }
  for (;;) {
    if (signal?.aborted) throw new FlywheelError('CANCELLED', 'The start of Flink was interrupted.');
    const [present, gateway] = await Promise.all([
      presentTaskManagers(restUrl),
      answerOf(`${gatewayUrl}/v1/info`),
    ]);
    const isWhole = wanted.taskManagers().every((name) => present?.has(name));
    if (present !== undefined && gateway !== undefined && isWhole) return;
    if (someEnded || performance.now() > deadlineMs) {
      throw new FlywheelError(
        'UNAVAILABLE',
        `Flink did not start; the logs in ${join(folder, 'logs')} say why.`,
      );
    }
    await sleep(200);
  }
}

/** The names of the task managers that the job manager knows; undefined when it does not answer. */
async function presentTaskManagers(restUrl: string): Promise<ReadonlySet<string> | undefined> {
  const answer = await answerOf(`${restUrl}/taskmanagers`);
  if (!(typeof answer === 'object' && answer !== null && 'taskmanagers' in answer)) return undefined;
  const { taskmanagers } = answer;
  if (!Array.isArray(taskmanagers)) return undefined;
  return new Set(taskmanagers.map((one: { id: string }) => one.id));
}

/** What is answered, or undefined when nobody answers. */
async function answerOf(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(askTimeoutMs) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
