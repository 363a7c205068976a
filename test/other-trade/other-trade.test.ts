// A clinic in place of a shop: with a model, a file of types, metrics and a mapping of its own, everything there is works for it.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type RunningProgram, runProgram } from '../support/program.js';
import { addClinic, clinicFolder } from './add-clinic.js';
import { copyProject, type ProjectCopy } from './project-copy.js';
import { questions } from './questions.js';

const pageAnswer = z.object({
  data: z.object({
    visits: z.object({
      nodes: z.array(z.object({ number: z.string() })),
      pageInfo: z.object({
        startCursor: z.string(),
        endCursor: z.string(),
        hasNextPage: z.boolean(),
        hasPreviousPage: z.boolean(),
      }),
    }),
  }),
});
const address = /answers at (http:\/\/127\.0\.0\.1:\d+)\/graphql/;

describe('a clinic', { timeout: 300_000 }, () => {
  let copy: ProjectCopy;
  let database: TestDatabase;
  let touched: string[];
  let programs: RunningProgram[] = [];
  let planned: string;
  let plain: string;
  const settings = () => ({ DATABASE_URL: database.url, FLYWHEEL_DEMO: 'off', PORT: '0' });

  beforeAll(async () => {
    database = await createTestDatabase({ empty: true });
    copy = await copyProject();
    touched = await addClinic(copy.folder);
  });
  afterAll(async () => {
    for (const program of programs) {
      if (program.child.exitCode === null && program.child.signalCode === null) program.interrupt();
      await program.ended;
    }
    await copy?.remove();
    await database?.close();
  });

  async function run(...args: string[]): Promise<string> {
    const { code, said } = await copy.run(args, settings());
    expect(code, said).toBe(0);
    return said;
  }

  async function refused(...args: string[]): Promise<string> {
    const { code, said } = await copy.run(args, settings());
    expect(code, said).toBe(1);
    return said;
  }

  async function serve(planner: 'on' | 'off'): Promise<string> {
    const program = copy.start(['start', '--role', 'gateway'], { ...settings(), FLYWHEEL_PLANNER: planner });
    programs = [...programs, program];
    return address.exec(await program.saying(address))?.[1] ?? '';
  }

  async function ask(url: string, query: string): Promise<string> {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return answer.text();
  }

  /** How many root fields the gateway has read so far, by who took them. */
  async function reads(url: string, outcome: 'planned' | 'fallthrough'): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text();
    const count = new RegExp(`^flywheel_planner_reads_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(
      text,
    );
    if (count === null) throw new Error(`The gateway does not count what is ${outcome}.`);
    return Number(count[1]);
  }

  async function migrationFile(): Promise<string> {
    const names = await readdir(join(copy.folder, 'prisma', 'migrations'));
    return `prisma/migrations/${names.find((name) => name.endsWith('_clinic'))}/migration.sql`;
  }

  it('is generated and built, and its types fit', async () => {
    await run('--prepare-only');
    const tsc = join(copy.folder, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiler = runProgram('node', [tsc, '-p', 'tsconfig.json'], { cwd: copy.folder });
    const { code } = await compiler.ended;
    expect(code, compiler.said()).toBe(0);
  });

  it('gets its migration, which only adds tables', async () => {
    expect(await refused('check-migrations')).toContain('CREATE TABLE "fact_visit"');
    await run('make-migration', 'clinic');
    const sql = await readFile(join(copy.folder, await migrationFile()), 'utf8');
    const changed = [...sql.matchAll(/^(\w+) (?:UNIQUE )?(?:TABLE|INDEX) "(\w+)"/gm)].map(
      ([, verb, name]) => `${verb} ${name}`,
    );
    expect(changed.sort()).toEqual([
      'ALTER fact_visit',
      'CREATE dim_doctor',
      'CREATE dim_doctor_code_key',
      'CREATE fact_visit',
      'CREATE fact_visit_doctor_id_started_at_id_idx',
      'CREATE fact_visit_source_number_key',
      'CREATE fact_visit_started_at_id_idx',
    ]);
    expect(await run('check-migrations')).toContain('prisma/migrations agrees');
  });

  it('gets its part of the printed schema', async () => {
    expect(await refused('print-schema', '--check')).toContain('print-schema --write');
    await run('print-schema', '--write');
    expect(await run('print-schema', '--check')).toContain('agrees with the schema');
  });

  it('loads its visits by the mapping, and the same again changes nothing', async () => {
    const load = ['load', join(clinicFolder, 'visits.csv'), '--mapping', join(clinicFolder, 'map.json')];
    const said = await run(...load);
    expect(said).toContain('8 good rows for Visit: 8 written');
    expect(said).toContain('New: 3 Doctor.');
    expect(await run(...load)).toContain('8 unchanged');
  });

  it('opens its gateway, with the planner and without', async () => {
    [planned, plain] = await Promise.all([serve('on'), serve('off')]);
    expect([planned, plain]).not.toContain('');
  });

  for (const { name, query, answer, read } of questions) {
    it(`answers ${name}, the same bytes with the planner and without`, async () => {
      const [taken, left] = [await reads(planned, 'planned'), await reads(planned, 'fallthrough')];
      const text = await ask(planned, query);
      expect(JSON.parse(text)).toEqual({ data: answer });
      expect(await ask(plain, query)).toBe(text);
      if (!read) return;
      expect(await reads(planned, 'planned')).toBeGreaterThan(taken);
      expect(await reads(planned, 'fallthrough')).toBe(left);
    });
  }

  it('has its lists and rows read by the planner only where there is one', async () => {
    expect(await reads(plain, 'planned')).toBe(0);
  });

  it('gives its visits page by page, each once, and back again', async () => {
    const page = async (where: string) => {
      const query = `{ visits(${where}, orderBy: [{ doctor: { specialty: ASC } }, { minutes: DESC }]) {
        nodes { number } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
      } }`;
      const text = await ask(planned, query);
      expect(await ask(plain, query)).toBe(text);
      return pageAnswer.parse(JSON.parse(text)).data.visits;
    };
    const numbers: string[] = [];
    let current = await page('first: 3');
    while (current.pageInfo.hasNextPage) {
      numbers.push(...current.nodes.map(({ number }) => number));
      current = await page(`first: 3, after: "${current.pageInfo.endCursor}"`);
    }
    numbers.push(...current.nodes.map(({ number }) => number));
    // What is missing comes last where the smallest comes first, and so first here.
    expect(numbers).toEqual(['V3', 'V6', 'V8', 'V1', 'V5', 'V7', 'V2', 'V4']);
    const back = await page(`last: 2, before: "${current.pageInfo.startCursor}"`);
    expect(back.nodes.map(({ number }) => number)).toEqual(['V5', 'V7']);
    expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });

  it('says what a clinic cannot be asked, in the words of its own', async () => {
    const mixed = '{ report(metrics: [VISITS, REVENUE], by: [SPECIALTY]) { rows { at } } }';
    expect(await ask(planned, mixed)).toMatch(/REVENUE cannot be cut by SPECIALTY/);
    const filter = '{ report(metrics: [REVENUE], filter: { doctor: null }) { totals { value } } }';
    expect(await ask(planned, filter)).toMatch(/REVENUE cannot be filtered by `doctor`/);
    const list = '{ visits { aggregate(metrics: [REVENUE]) { value } } }';
    const said = await ask(planned, list);
    expect(said).toMatch(/A list of Visit rows has no REVENUE; it has VISITS, FEES, FEE_PER_VISIT/);
    expect(await ask(plain, list)).toBe(said);
  });

  it('leaves the shop that was there as it was', async () => {
    const query = '{ sales { totalCount } report(metrics: [REVENUE, VISITS]) { totals { metric value } } }';
    const text = await ask(planned, query);
    expect(JSON.parse(text)).toEqual({
      data: {
        sales: { totalCount: 0 },
        report: {
          totals: [
            { metric: 'REVENUE', value: 0 },
            { metric: 'VISITS', value: 8 },
          ],
        },
      },
    });
    expect(await ask(plain, query)).toBe(text);
  });

  it('needed no change of anything else', async () => {
    const byCommands = ['graphql/schema.graphql', await migrationFile()];
    expect(await copy.changes()).toEqual([...touched, ...byCommands].sort());
  });
});
