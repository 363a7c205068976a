// `flywheel engines` as a person runs it: it comes up, prints the settings, and leaves nothing running.

import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installFlink } from '../../../src/cli/engines/install-flink.js';
import { eventually } from '../../contracts/log-server.js';
import { enginesFolder } from '../../support/engine-places.js';
import { describeWithFlink, flinkStartTimeoutMs } from '../../support/flink.js';
import { silentProgress } from '../../support/kafka-places.js';
import { processesNaming } from '../../support/processes.js';
import { launcher, type RunningProgram, runProgram } from '../../support/program.js';
import { sparkPlace } from '../../support/spark.js';
import { describeWhenAsked } from '../../support/when-asked.js';

describeWhenAsked(describeWithFlink, 'the command engines', () => {
  let folder: string;
  let program: RunningProgram | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-cli-engines-`));
    // What was fetched before need not be fetched again.
    const flink = await installFlink({ folder: enginesFolder, progress: silentProgress });
    const { home } = await sparkPlace();
    for (const place of [dirname(flink), dirname(home)]) await symlink(place, join(folder, basename(place)));
  }, flinkStartTimeoutMs);

  afterAll(async () => {
    program?.child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const settings = /FLINK_SQL_GATEWAY=(\S+) FLINK_REST=(\S+) SPARK_HOME=(\S+) SPARK_JARS=(\S+)/;

  async function start(): Promise<{
    readonly program: RunningProgram;
    readonly settings: readonly string[];
  }> {
    const started = runProgram(process.execPath, [
      launcher,
      'engines',
      'start',
      '--folder',
      folder,
      '--port',
      '0',
    ]);
    program = started;
    const [, ...values] = settings.exec(await started.saying(settings)) ?? [];
    return { program: started, settings: values };
  }

  it('says where Flink and Spark are, and stops at Ctrl-C', { timeout: flinkStartTimeoutMs }, async () => {
    const started = await start();
    const [gateway = '', rest = '', home = '', jars = ''] = started.settings;
    expect((await fetch(`${gateway}/v1/info`)).status).toBe(200);
    expect(await (await fetch(`${rest}/overview`)).json()).toMatchObject({
      taskmanagers: 1,
      'slots-total': 4,
    });
    expect(home.startsWith(folder)).toBe(true);
    expect(jars).toMatch(/\/postgresql-[^/]+[.]jar$/);
    expect(processesNaming(folder)).not.toEqual([]);
    started.program.interrupt();
    expect(await started.program.ended).toEqual({ code: 0, signal: null });
    expect(processesNaming(folder)).toEqual([]);
  });

  it('leaves no process behind when it is killed', { timeout: flinkStartTimeoutMs }, async () => {
    const started = await start();
    started.program.interrupt('SIGKILL');
    await started.program.ended;
    await eventually(async () => expect(processesNaming(folder)).toEqual([]));
  });
});
