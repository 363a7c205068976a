// Kills what takes part, at moments drawn from a seed, and lets it come back.

import { pause } from '../../src/core/pause.js';
import { createRandom, type Random } from '../../src/core/random.js';
import type { RoleProcess } from './role-process.js';
import type { TortureServers } from './servers.js';

export interface Kills {
  readonly pipelines: number;
  readonly gateways: number;
  readonly database: number;
  /** Of the nodes in turn, so that the controller and every leader is among them. */
  readonly kafka: number;
}

export interface ChaosOptions {
  readonly seed: number;
  readonly kills: Kills;
  /** From one kill of a node to the next, of which there are several; a lone one is killed more often. */
  readonly nodeEveryMs: number;
  readonly pipelines: readonly RoleProcess[];
  readonly gateways: readonly RoleProcess[];
  readonly servers: TortureServers;
  readonly say: (line: string) => void;
}

export interface Chaos {
  /** The share of all kills that are done; that of a node is done bit by bit, until it is the next one's turn. */
  progress(): number;
  /** Resolves when all are done and everything is up again. */
  readonly done: Promise<void>;
}

/** A node is away for longer than the brokers wait for one that is silent, mostly. */
const nodeAwayMsMax = 10_000;

export function startChaos(options: ChaosOptions): Chaos {
  const { seed, kills, nodeEveryMs, pipelines, gateways, servers, say } = options;
  const { kafka } = servers;
  const random = createRandom(seed).stream('chaos');
  const all = kills.pipelines + kills.gateways + kills.database + kills.kafka;
  let killed = 0;
  let nodeKilledMs: number | undefined;
  const note = (what: string) => {
    killed += 1;
    say(`${killed} of ${all}: ${what} was killed`);
  };

  async function killOne(victim: RoleProcess | undefined, afterMs: number): Promise<void> {
    await pause(afterMs);
    await victim?.kill();
    note(victim?.name ?? 'nobody');
    victim?.start();
  }

  async function killPipelines(draw: Random): Promise<void> {
    for (let kill = 0; kill < kills.pipelines; kill += 1) {
      const victim = pipelines[draw.integer(pipelines.length)];
      // Mostly while it reads, now and then while it starts.
      if (draw.integer(5) > 0) await victim?.running();
      await killOne(victim, draw.integer(2_000));
    }
    await Promise.all(pipelines.map((pipeline) => pipeline.running()));
  }

  async function killGateways(draw: Random): Promise<void> {
    for (let kill = 0; kill < kills.gateways; kill += 1) {
      const victim = gateways[draw.integer(gateways.length)];
      await victim?.running();
      // Long enough for subscribers to come, and to fall behind at the other one.
      await killOne(victim, 1_000 + draw.integer(8_000));
    }
    await Promise.all(gateways.map((gateway) => gateway.running()));
  }

  async function crashDatabase(draw: Random): Promise<void> {
    for (let kill = 0; kill < kills.database; kill += 1) {
      await pause(1_000 + draw.integer(6_000));
      await servers.crashDatabase(draw.integer(2) === 0 ? 'SIGKILL' : 'SIGQUIT');
      note('PostgreSQL');
    }
  }

  async function killLoneKafka(draw: Random): Promise<void> {
    for (let kill = 0; kill < kills.kafka; kill += 1) {
      await pause(3_000 + draw.integer(5_000));
      await kafka?.kill(1);
      note('Kafka');
      await pause(draw.integer(3_000));
      await kafka?.start(1);
    }
  }

  async function killNodes(draw: Random, nodes: number): Promise<void> {
    for (let kill = 0; kill < kills.kafka; kill += 1) {
      const node = (kill % nodes) + 1;
      await kafka?.kill(node);
      nodeKilledMs = performance.now();
      note(`node ${node} of Kafka`);
      await pause(Math.min(draw.integer(nodeAwayMsMax), nodeEveryMs / 2));
      await kafka?.start(node);
      say(`node ${node} is back after ${((performance.now() - nodeKilledMs) / 1_000).toFixed(1)} s`);
      await pause(Math.max(0, nodeKilledMs + nodeEveryMs - performance.now()));
    }
    nodeKilledMs = undefined;
  }

  const nodes = kafka?.brokers.length ?? 0;
  const done = Promise.all([
    killPipelines(random.stream('pipelines')),
    killGateways(random.stream('gateways')),
    crashDatabase(random.stream('database')),
    nodes > 1 ? killNodes(random.stream('kafka'), nodes) : killLoneKafka(random.stream('kafka')),
  ]).then(() => {});
  return {
    progress() {
      if (all === 0) return 1;
      if (nodeKilledMs === undefined) return killed / all;
      const turn = (performance.now() - nodeKilledMs) / nodeEveryMs;
      return (killed - 1 + Math.min(1, turn)) / all;
    },
    done,
  };
}
