// `flywheel kafka` as a person runs it: it comes up, says how to use it, and leaves nothing running.

import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchJars } from '../../src/cli/kafka/jars.js';
import { countKafkaBrokers } from '../../src/stream/kafka-probe.js';
import { eventually } from '../contracts/log-server.js';
import { describeWithKafka, kafkaStartTimeoutMs } from '../support/kafka.js';
import { jarsFolder } from '../support/kafka-places.js';
import { launcher, type RunningProgram, runProgram } from '../support/program.js';

describeWithKafka('the command kafka', () => {
  let folder: string;
  const programs: RunningProgram[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-cli-kafka-`));
    // What was fetched before need not be fetched again.
    const jars = await fetchJars(jarsFolder);
    await symlink(jars, join(folder, basename(jars)));
  }, kafkaStartTimeoutMs);

  afterAll(async () => {
    for (const { child } of programs) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): RunningProgram {
    const program = runProgram(process.execPath, [launcher, 'kafka', '--folder', folder, ...args]);
    programs.push(program);
    return program;
  }

  async function addressOf(program: RunningProgram): Promise<string> {
    const said = await program.saying(/KAFKA_BROKERS=\S+ FLYWHEEL_DEMO=on npm start/);
    return /KAFKA_BROKERS=(\S+)/.exec(said)?.[1] ?? '';
  }

  it(
    'starts a broker, and stops it at Ctrl-C',
    async () => {
      const program = start('--port', '0');
      const address = await addressOf(program);
      expect(await countKafkaBrokers([address])).toBe(1);
      program.interrupt();
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect(await countKafkaBrokers([address])).toBe(0);
    },
    kafkaStartTimeoutMs,
  );

  it(
    'leaves no broker behind when it is killed, and says when a port is taken',
    async () => {
      const program = start('--port', '0');
      const address = await addressOf(program);
      const port = address.split(':')[1] ?? '';
      const second = start('--port', port);
      await second.ended;
      expect(second.said()).toContain(`Port ${port} is taken`);
      program.interrupt('SIGKILL');
      await program.ended;
      await eventually(async () => expect(await countKafkaBrokers([address])).toBe(0));
    },
    kafkaStartTimeoutMs,
  );

  it('says what is missing', async () => {
    const program = runProgram(process.execPath, [launcher, 'kafka', '--folder', folder, '--port', '0'], {
      env: { JAVA_HOME: join(folder, 'no-java') },
    });
    expect((await program.ended).code).toBe(1);
    expect(program.said()).toMatch(/Java 17 or newer.*install it/);
  }, 60_000);
});
