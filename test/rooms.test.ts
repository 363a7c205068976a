// Holds that the rules of .dependency-cruiser.cjs say what the table of rooms says, and that they bite.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

const report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

type Violation = z.infer<typeof report>['summary']['violations'][number];

const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

/** A new folder with the rules, the settings and the packages of the project, and nothing else. */
async function emptyCopy(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-rooms-'));
  folders.push(folder);
  await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  for (const file of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json']) {
    await cp(join(projectRoot, file), join(folder, file));
  }
  return folder;
}

async function write(folder: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** Runs the rules on a folder, as `npm run rooms` does. */
async function cruise(folder: string): Promise<{ cruised: number; violations: Violation[] }> {
  const cli = join(projectRoot, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const options = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'graphql'];
  const { stdout } = await run(process.execPath, [cli, ...options], {
    cwd: folder,
    maxBuffer: 256 * 1024 * 1024,
  });
  const { summary } = report.parse(JSON.parse(stdout));
  return { cruised: summary.totalCruised, violations: summary.violations };
}

/** The files that break a rule, each with the rules that it breaks. */
function broken(violations: readonly Violation[]): Record<string, string[]> {
  const byFile: Record<string, string[]> = {};
  for (const { from, rule } of violations) {
    const names = byFile[from] ?? [];
    if (!names.includes(rule.name)) names.push(rule.name);
    byFile[from] = names.sort();
  }
  return byFile;
}

/** Every place that an import may lead to: one file for each room, and those whose name decides. */
const targets = {
  core: 'src/core/thing.ts',
  math: 'src/math/thing.ts',
  stream: 'src/stream/thing.ts',
  events: 'src/events/thing.ts',
  warehouse: 'src/warehouse/thing.ts',
  catalogue: 'src/warehouse/catalogue.ts',
  metrics: 'src/metrics/thing.ts',
  pipeline: 'src/pipeline/thing.ts',
  access: 'src/access/thing.ts',
  engines: 'src/engines/thing.ts',
  host: 'src/services/host/thing.ts',
  registry: 'src/services/host/registry-contract.ts',
  learning: 'src/services/learning/thing.ts',
  contract: 'src/services/learning/contract.ts',
  flywheel: 'src/flywheel/thing.ts',
  simulator: 'src/simulator/thing.ts',
  door: 'src/door/thing.ts',
  graphql: 'graphql/thing.ts',
  config: 'src/config.ts',
  cli: 'src/cli/thing.ts',
} as const;

type Place = keyof typeof targets;

const warehouse = ['warehouse', 'catalogue'] as const;
const host = ['host', 'registry'] as const;
const contracts = ['contract', 'registry'] as const;

/** The table of rooms, written once more: what each may import beside itself. */
const allowed: Record<string, readonly Place[]> = {
  'src/core': ['core'],
  'src/math': ['math', 'core'],
  'src/stream': ['stream', 'core'],
  'src/events': ['events', 'core', 'stream'],
  'src/warehouse': [...warehouse, 'core', 'stream', 'events'],
  'src/metrics': ['metrics', 'core', 'stream', 'events', ...warehouse],
  'src/pipeline': ['pipeline', 'core', 'stream', 'events', ...warehouse, 'metrics'],
  'src/access': ['access', 'core', 'catalogue'],
  'src/engines': ['engines', 'core', ...warehouse, 'metrics'],
  'src/services/host': [...host, 'core', 'stream', ...warehouse],
  'src/services/segmentation': ['core', 'math', 'stream', 'events', ...warehouse, 'metrics', ...host],
  'src/flywheel': ['flywheel', 'core', 'math', 'stream', 'events', ...warehouse, 'metrics', ...contracts],
  'src/simulator': ['simulator', 'core', 'math', 'stream', 'events'],
  'src/door': ['door', 'core', 'events', 'access'],
  graphql: ['graphql', 'core', 'events', ...warehouse, 'metrics', 'access', 'flywheel', ...contracts],
  'src/cli': Object.keys(targets) as Place[],
};

describe('the rules', { timeout: 120_000 }, () => {
  it('allow exactly what the table of rooms allows, also to rooms that are not built yet', async () => {
    const folder = await emptyCopy();
    for (const path of Object.values(targets)) await write(folder, path, 'export const thing = 1;\n');
    const expected: string[] = [];
    for (const [room, places] of Object.entries(allowed)) {
      for (const [place, path] of Object.entries(targets)) {
        const from = `${room}/towards-${place}.ts`;
        const up = '../'.repeat(room.split('/').length);
        await write(
          folder,
          from,
          `import type { thing } from '${up}${path.replace('.ts', '.js')}';\nexport type Thing = typeof thing;\n`,
        );
        if (!places.some((candidate) => candidate === place)) expected.push(from);
      }
    }
    const { violations } = await cruise(folder);
    expect(Object.keys(broken(violations)).sort()).toEqual(expected.sort());
    expect(new Set(violations.map(({ rule }) => rule.name.split(':')[0]))).toEqual(new Set(['room']));
  });

  it('catch a deliberate bad import in a copy of the project', async () => {
    const folder = await emptyCopy();
    for (const part of ['src', 'graphql', 'prisma']) {
      await cp(join(projectRoot, part), join(folder, part), { recursive: true });
    }
    const bad: Record<string, { text: string; rules: string[] }> = {
      'src/core/bad-room.ts': {
        text: "import type { FlywheelError } from '../warehouse/catalogue.js';\nexport type Bad = FlywheelError;\n",
        rules: ['room: src/core'],
      },
      'src/metrics/bad-client.ts': {
        text: "import { Pool } from 'pg';\nexport const bad = Pool;\n",
        rules: ['vendor: postgres'],
      },
      'src/metrics/bad-generated-client.ts': {
        text: "import type { PrismaClient } from '../../prisma/generated/client/client.js';\nexport type Bad = PrismaClient;\n",
        rules: ['vendor: postgres'],
      },
      'graphql/bad-kysely.ts': {
        text: "import type { Kysely } from 'kysely';\nexport type Bad = Kysely<unknown>;\n",
        rules: ['vendor: kysely'],
      },
      'src/door/bad-yoga.ts': {
        text: "import { createYoga } from 'graphql-yoga';\nexport const bad = createYoga;\n",
        rules: ['vendor: graphql'],
      },
      'src/warehouse/bad-datamodel.ts': {
        text: "import { getDatamodel } from '../../prisma/generated/pothos.js';\nexport const bad = getDatamodel;\n",
        rules: ['vendor: generated types of Pothos'],
      },
      'src/warehouse/bad-catalogue.ts': {
        text: "import { generatedCatalogue } from '../../prisma/generated/catalogue.js';\nexport const bad = generatedCatalogue;\n",
        rules: ['vendor: generated catalogue'],
      },
      'src/warehouse/bad-development-package.ts': {
        text: "import { describe } from 'vitest';\nexport const bad = describe;\n",
        rules: ['declared packages only'],
      },
      'src/core/bad-orphan.ts': { text: 'export const bad = 1;\n', rules: ['no orphans'] },
      'src/core/bad-nowhere.ts': {
        text: "import { bad } from './nowhere.js';\nexport const worse = bad;\n",
        rules: ['nothing missing'],
      },
      'src/core/bad-cycle-a.ts': {
        text: "import { b } from './bad-cycle-b.js';\nexport const a = (): number => b();\n",
        rules: ['no cycles'],
      },
      'src/math/bad-barrel.ts': {
        text: "import { bad } from './index.js';\nexport const worse = bad;\n",
        rules: ['no barrels'],
      },
      'src/math/bad-drawer.ts': {
        text: "import { bad } from './utils.js';\nexport const worse = bad;\n",
        rules: ['no drawers'],
      },
      'src/odds/bad-place.ts': {
        text: "import { FlywheelError } from '../core/errors.js';\nexport const bad = FlywheelError;\n",
        rules: ['no file outside the rooms'],
      },
      'src/warehouse/bad-test.ts': {
        text: "import { bad } from '../../test/bad.js';\nexport const worse = bad;\n",
        rules: ['no tests in the product', 'room: src/warehouse'],
      },
    };
    for (const [path, { text }] of Object.entries(bad)) await write(folder, path, text);
    // A cycle is reported once, at the first of its files.
    await write(
      folder,
      'src/core/bad-cycle-b.ts',
      "import { a } from './bad-cycle-a.js';\nexport const b = (): number => a();\n",
    );
    for (const path of ['src/math/index.ts', 'src/math/utils.ts', 'test/bad.ts']) {
      await write(folder, path, 'export const bad = 1;\n');
    }
    const { violations } = await cruise(folder);
    expect(broken(violations.filter(({ from }) => from in bad))).toEqual(
      Object.fromEntries(Object.entries(bad).map(([path, { rules }]) => [path, rules])),
    );
  });

  it('hold on the project as it is', async () => {
    const { cruised, violations } = await cruise(projectRoot);
    expect(cruised).toBeGreaterThan(10);
    expect(violations).toEqual([]);
  });
});

/** The strings and templates of a TypeScript file, each one whole. */
function stringsOf(path: string, text: string): string[] {
  const strings: string[] = [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) strings.push(node.getText());
    ts.forEachChild(node, visit);
  };
  visit(source);
  return strings;
}

/** The opening of a statement, however it is spaced; prose does not put these words together. */
const statement =
  /^[`'"]\s*(select\s+\S.*\bfrom\b|insert\s+into\b|update\s+\S+\s+set\b|delete\s+from\b|with\s+\S+\s+as\s*\(|create\s+(table|index)\b|alter\s+table\b|copy\s+\S+\s+(from|to)\b)/is;

const sqlPlaces = /^src\/(warehouse\/|stream\/postgres-[^/]+$|metrics\/emit-[^/]+$)/;

describe('SQL text', () => {
  it('is recognised by this test', () => {
    expect(statement.test('`\n  SELECT id\n  FROM dim_product`')).toBe(true);
    expect(statement.test("'Select a product from the list'")).toBe(true);
    expect(statement.test("'The products with sales as they are'")).toBe(false);
  });

  it('stands only in the warehouse, in stream/postgres-* and in metrics/emit-*', async () => {
    const found: string[] = [];
    for (const part of ['src', 'graphql']) {
      for (const entry of await readdir(join(projectRoot, part), { recursive: true })) {
        const path = `${part}/${entry.replaceAll('\\', '/')}`;
        if (!path.endsWith('.ts') || sqlPlaces.test(path)) continue;
        const text = await readFile(join(projectRoot, path), 'utf8');
        for (const string of stringsOf(path, text))
          if (statement.test(string)) found.push(`${path}: ${string}`);
      }
    }
    expect(found).toEqual([]);
  });
});
