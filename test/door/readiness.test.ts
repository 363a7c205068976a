// Readiness tells the truth, since when it holds, and asks no more often than it must.

import { describe, expect, it } from 'vitest';
import { FlywheelError } from '../../src/core/errors.js';
import { createLog } from '../../src/core/log.js';
import { createReadiness } from '../../src/door/readiness.js';
import { gate } from './fixture.js';

function setUp(check: () => Promise<void>, checkTimeoutMs = 1_000) {
  const lines: Record<string, unknown>[] = [];
  let nowMs = Date.parse('2024-01-01T00:00:00Z');
  const readiness = createReadiness({
    checks: [
      { name: 'database', check },
      { name: 'always', check: async () => {} },
    ],
    clock: { nowMs: () => nowMs },
    log: createLog({
      level: 'info',
      plain: false,
      stream: { write: (line) => lines.push(JSON.parse(line)) },
    }),
    checkTimeoutMs,
  });
  return {
    lines,
    /** The report after so many more milliseconds. */
    reportAfter(ms: number) {
      nowMs += ms;
      return readiness.report();
    },
  };
}

describe('readiness', () => {
  it('names what fails and since when, and comes back by itself', async () => {
    let fault: Error | undefined;
    const { reportAfter, lines } = setUp(() =>
      fault === undefined ? Promise.resolve() : Promise.reject(fault),
    );
    const start = '2024-01-01T00:00:00.000Z';
    expect(await reportAfter(0)).toEqual({
      ready: true,
      checks: [
        { name: 'database', ok: true, since: start },
        { name: 'always', ok: true, since: start },
      ],
    });
    fault = new FlywheelError('UNAVAILABLE', 'The database does not answer; start it.');
    const failing = { name: 'database', ok: false, reason: fault.message, since: '2024-01-01T00:00:02.000Z' };
    expect(await reportAfter(2_000)).toMatchObject({
      ready: false,
      checks: [failing, { ok: true, since: start }],
    });
    expect((await reportAfter(5_000)).checks[0]).toEqual(failing);
    fault = undefined;
    expect(await reportAfter(1_000)).toMatchObject({
      ready: true,
      checks: [{ ok: true, since: '2024-01-01T00:00:08.000Z' }, {}],
    });
    expect(lines.map(({ level, check }) => [level, check])).toEqual([
      ['warn', 'database'],
      ['info', 'database'],
    ]);
  });

  it('keeps internals to the log', async () => {
    const { reportAfter, lines } = setUp(() => Promise.reject(new Error('ECONNREFUSED 10.0.0.1')));
    expect(JSON.stringify(await reportAfter(0))).not.toContain('10.0.0.1');
    expect(JSON.stringify(lines)).toContain('10.0.0.1');
  });

  it('asks once a second at most, and never twice at the same time', async () => {
    let asked = 0;
    let answer = gate();
    const { reportAfter } = setUp(() => {
      asked += 1;
      return answer.opened;
    });
    const first = reportAfter(0);
    const same = reportAfter(5_000);
    answer.open();
    expect(await first).toBe(await same);
    expect(asked).toBe(1);
    answer = gate();
    answer.open();
    await reportAfter(0);
    expect(asked).toBe(2);
    await reportAfter(999);
    expect(asked).toBe(2);
    await reportAfter(1);
    expect(asked).toBe(3);
  });

  it('does not wait for ever', async () => {
    const { reportAfter } = setUp(() => new Promise(() => {}), 20);
    expect(await reportAfter(0)).toMatchObject({
      ready: false,
      checks: [{ reason: 'No answer within 20 milliseconds.' }, { ok: true }],
    });
  });
});
