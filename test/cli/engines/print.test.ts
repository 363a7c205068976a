// `flywheel engines print`: SQL to be read, from the definitions alone; where nothing can be said, the reason.

import { describe, expect, it } from 'vitest';
import { launcher, runProgram } from '../../support/program.js';

async function print(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  // No database is there to be asked.
  const program = runProgram('node', [launcher, 'engines', 'print', ...args], {
    env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' },
  });
  const { code } = await program.ended;
  return { code, said: program.said() };
}

describe('flywheel engines print', { timeout: 120_000 }, () => {
  it('shows the report and the windows on Flink, and the job that keeps these', async () => {
    const { code, said } = await print('CLICK_RATE', '--engine', 'flink', '--grain', 'DAY');
    expect(code).toBe(0);
    expect(said).toContain('-- CLICK_RATE for every DAY in UTC, as a report answers it.');
    expect(said).toContain('-- It reads fact_event (occurred_at TIMESTAMP_LTZ(3), type STRING).');
    expect(said).toContain("SET 'table.local-time-zone' = 'UTC';");
    expect(said).toMatch(/FROM `fact_event` AS f\n/);
    expect(said).toContain('-- The windows of Event/MINUTE/PRODUCT: ');
    expect(said).toContain('-- The job that keeps all windows of Event');
  });

  it('shows what a report says on Spark, by dimensions in a range of local days', async () => {
    const options = ['--by', 'CATEGORY,WEEKDAY', '--grain', 'WEEK', '--time-zone', 'Europe/London'];
    const { code, said } = await print(
      'CUSTOMERS',
      '--engine',
      'spark',
      ...options,
      ...['--from', '2024-01-01', '--to', '2024-02-01T12:00:00Z'],
    );
    expect(code).toBe(0);
    expect(said).toContain('-- CUSTOMERS by CATEGORY and WEEKDAY for every WEEK in Europe/London');
    expect(said).toContain("f.`sold_at` >= TIMESTAMP '2024-01-01 00:00:00.000Z'");
    expect(said).toContain("f.`sold_at` < TIMESTAMP '2024-02-01 12:00:00.000Z'");
    expect(said).toContain('FROM pg.public.`fact_sales` AS f');
    expect(said).not.toContain('The windows of');
  });

  it('says what it cannot say', async () => {
    const zone = await print('REVENUE', '--engine', 'spark', '--grain', 'DAY', '--time-zone', 'EST');
    expect(zone.code).toBe(1);
    expect(zone.said).toContain('Spark cannot be relied on to read EST as the warehouse does');
    const unknown = await print('REVENU', '--engine', 'flink');
    expect(unknown.code).toBe(1);
    expect(unknown.said).toContain('“REVENU” is not a metric; the metrics are REVENUE, ');
  });
});
