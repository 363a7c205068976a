// Kills what takes part, at moments drawn from a seed, and lets it come back.

import { pause } from '../../src/core/pause.js';
import { createRandom, type Random } from '../../src/core/random.js';
import type { PipelineProcess } from './pipeline-process.js';
import type { TortureServers } from './servers.js';

export interface Kills {
  readonly pipelines: number;
  readonly database: number;
  readonly kafka: number;
}

export interface ChaosOptions {
  readonly seed: number;
  readonly kills: Kills;
  readonly pipelines: readonly PipelineProcess[];
  readonly servers: TortureServers;
  readonly say: (line: string) => void;
}

export interface Chaos {
  /** The share of all kills that are done. */
  progress(): number;
  /** Resolves when all are done and everything is up again. */
  readonly done: Promise<void>;
}

export function startChaos({ seed, kills, pipelines, servers, say }: ChaosOptions): Chaos {
  const random = createRandom(seed).stream('chaos');
  const all = kills.pipelines + kills.database + kills.kafka;
  let killed = 0;
  const note = (what: string) => {
    killed += 1;
    say(`${killed} of ${all}: ${what} was killed`);
  };

  async function killPipelines(draw: Random): Promise<void> {
    for (let kill = 0; kill < kills.pipelines; kill += 1) {
      const number = draw.integer(pipelines.length);
      const victim = pipelines[number];
      // Mostly while it reads, now and then while it starts.
      if (draw.integer(5) > 0) await victim?.running();
      await pause(draw.integer(2_000));
      await victim?.kill();
      note(`pipeline ${number + 1}`);
      victim?.start();
    }
    await Promise.all(pipelines.map((pipeline) => pipeline.running()));
  }

  async function crashDatabase(draw: Random): Promise<void> {
    for (let kill = 0; kill < kills.database; kill += 1) {
      await pause(1_000 + draw.integer(6_000));
      await servers.crashDatabase(draw.integer(2) === 0 ? 'SIGKILL' : 'SIGQUIT');
      note('PostgreSQL');
    }
  }

  async function killKafka(draw: Random): Promise<void> {
    for (let kill = 0; kill < kills.kafka; kill += 1) {
      await pause(3_000 + draw.integer(5_000));
      await servers.kafka?.kill(1);
      note('Kafka');
      await pause(draw.integer(3_000));
      await servers.kafka?.start(1);
    }
  }

  const done = Promise.all([
    killPipelines(random.stream('pipelines')),
    crashDatabase(random.stream('database')),
    killKafka(random.stream('kafka')),
  ]).then(() => {});
  return { progress: () => (all === 0 ? 1 : killed / all), done };
}
