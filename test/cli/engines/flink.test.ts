// Flink as it is started for trying out: statements run on it, each of its processes may die and come back, nothing is left.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithFlink, flinkStartTimeoutMs, type OwnFlink, startOwnFlink } from '../../support/flink.js';
import { processesNaming } from '../../support/processes.js';
import { describeWhenAsked } from '../../support/when-asked.js';

async function ask(url: string, method = 'GET', body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

describeWhenAsked(describeWithFlink, 'a Flink for trying out', () => {
  let flink: OwnFlink;

  beforeAll(async () => {
    flink = await startOwnFlink({ slots: 1 });
  }, flinkStartTimeoutMs);
  afterAll(() => flink.close());

  /** The first page of rows of a statement that has some, as text. */
  async function rowsOf(statement: string): Promise<string> {
    const sessions = `${flink.sqlGateway}/v1/sessions`;
    const { sessionHandle } = await ask(sessions, 'POST', {});
    const session = `${sessions}/${sessionHandle}`;
    const { operationHandle } = await ask(`${session}/statements`, 'POST', { statement });
    let page = `/v1/sessions/${sessionHandle}/operations/${operationHandle}/result/0?rowFormat=JSON`;
    for (;;) {
      const result = await ask(`${flink.sqlGateway}${page}`);
      const rows = JSON.stringify(result.results ?? '');
      if (rows.includes('"INSERT"')) {
        await ask(session, 'DELETE');
        return rows;
      }
      if (result.resultType === 'EOS') throw new Error('There were no rows.');
      page = typeof result.nextResultUri === 'string' ? result.nextResultUri : page;
      await sleep(50);
    }
  }

  const statement = "SELECT word, CHAR_LENGTH(word) FROM (VALUES ('wheel'), ('fly')) AS t (word)";

  it('runs a statement that is handed to its gateway', { timeout: flinkStartTimeoutMs }, async () => {
    expect(await rowsOf(statement)).toContain('["wheel",5]');
  });

  it('runs on after a task manager was killed and another started', {
    timeout: flinkStartTimeoutMs,
  }, async () => {
    await flink.killTaskManager();
    await flink.startTaskManager();
    expect(await rowsOf(statement)).toContain('["fly",3]');
  });

  it('runs on after its job manager and its gateway were killed', {
    timeout: flinkStartTimeoutMs,
  }, async () => {
    await flink.killJobManager();
    await flink.startJobManager();
    await flink.killGateway();
    await flink.startGateway();
    expect(await rowsOf(statement)).toContain('["fly",3]');
  });

  it('leaves no process behind', { timeout: 60_000 }, async () => {
    expect(processesNaming(flink.folder)).not.toEqual([]);
    await flink.stop();
    expect(processesNaming(flink.folder)).toEqual([]);
  });
});
