import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/core/project-root.js';
import { runProgram } from '../support/program.js';

const generated = join('prisma', 'generated');

describe('the launcher', { timeout: 120_000 }, () => {
  let clone: string;
  beforeAll(async () => {
    clone = await mkdtemp(join(tmpdir(), 'flywheel-clone-'));
    const names = [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'prisma.config.ts',
      'src',
      'graphql',
      'prisma',
    ];
    for (const name of names) {
      await cp(join(projectRoot, name), join(clone, name), {
        recursive: true,
        filter: (path) => !path.endsWith(generated),
      });
    }
    await symlink(join(projectRoot, 'node_modules'), join(clone, 'node_modules'));
  });
  afterAll(() => rm(clone, { recursive: true }));

  async function prepare(): Promise<{ code: number | null; said: string }> {
    const program = runProgram('node', [join('src', 'cli', 'launch.mjs'), '--prepare-only'], { cwd: clone });
    const { code } = await program.ended;
    return { code, said: program.said() };
  }

  const built = (path: string) => join(clone, 'dist', path);

  it('generates and builds once, when several start at once', async () => {
    const runs = await Promise.all([prepare(), prepare(), prepare()]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    const said = runs.map((run) => run.said).join('');
    expect(said.match(/Generating code.*: done/g)).toHaveLength(1);
    expect(said.match(/Building the program: done/g)).toHaveLength(1);
    expect(existsSync(built('src/cli/flywheel.js'))).toBe(true);
    expect(existsSync(built('.preparing'))).toBe(false);
  });

  it('has nothing to do, and says nothing, the second time', async () => {
    expect(await prepare()).toEqual({ code: 0, said: '' });
  });

  it('runs a command of the build, with nothing but its answer on stdout', async () => {
    const program = runProgram('node', [join('src', 'cli', 'launch.mjs'), '--help'], { cwd: clone });
    expect((await program.ended).code).toBe(0);
    expect(program.said()).toMatch(/^Usage: flywheel/);
    for (const name of ['start', 'load', 'simulate', 'print-schema', 'check-migrations', 'make-migration']) {
      expect(program.said()).toContain(`  ${name} `);
    }
  });

  it('builds only what has changed, and removes what is gone', async () => {
    await writeFile(join(clone, 'src', 'new-part.ts'), 'export const answer: number = 42;\n');
    const untouched = (await stat(built('src/main.js'))).mtimeMs;
    expect((await prepare()).code).toBe(0);
    expect(await readFile(built('src/new-part.js'), 'utf8')).toContain('export const answer = 42;');
    expect((await stat(built('src/main.js'))).mtimeMs).toBe(untouched);
    await rm(join(clone, 'src', 'new-part.ts'));
    expect((await prepare()).code).toBe(0);
    expect(existsSync(built('src/new-part.js'))).toBe(false);
  });

  it('generates again when the schema has changed', async () => {
    const path = join(clone, 'prisma', 'schema.prisma');
    await writeFile(path, `${await readFile(path, 'utf8')}\nmodel Shelf {\n  id Int @id\n}\n`);
    const { code, said } = await prepare();
    expect(code).toBe(0);
    expect(said).toMatch(/Generating code.*: done/);
    expect(existsSync(join(clone, generated, 'client', 'models', 'Shelf.ts'))).toBe(true);
  });

  it('names the file and the line of a source that cannot be read', async () => {
    await writeFile(join(clone, 'src', 'broken.ts'), 'export const one = 1;\nexport const = 2;\n');
    const { code, said } = await prepare();
    expect(code).toBe(1);
    expect(said).toContain(`${join('src', 'broken.ts')}, line 2: `);
    expect(said).not.toMatch(/^\s+at /m);
    await rm(join(clone, 'src', 'broken.ts'));
    expect((await prepare()).code).toBe(0);
  });

  it('is not held up by a start that was killed', async () => {
    await writeFile(join(clone, 'src', 'touched.ts'), 'export {};\n');
    // No process has so high an id.
    await writeFile(built('.preparing'), '999999999');
    expect((await prepare()).code).toBe(0);
    expect(existsSync(built('src/touched.js'))).toBe(true);
  });
});

describe('installing', () => {
  /** Runs the launcher's own module, which is no part of the build. */
  async function installer(code: string, folder: string): Promise<{ code: number | null; said: string }> {
    const module = pathToFileURL(join(projectRoot, 'src', 'cli', 'prepare', 'install.mjs')).href;
    const program = runProgram('node', [
      '--input-type=module',
      '--eval',
      `import { install, isInstalled } from '${module}'; const folder = process.argv[1]; ${code}`,
      folder,
    ]);
    const ended = await program.ended;
    return { code: ended.code, said: program.said() };
  }

  async function isInstalled(folder: string): Promise<boolean> {
    const { code, said } = await installer('console.log(isInstalled(folder))', folder);
    expect(code).toBe(0);
    return said.trim() === 'true';
  }

  it('installs what the lock file says, and notices when it is no longer so', {
    timeout: 120_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flywheel-install-'));
    // A package of our own in a file, so that the test needs no registry.
    await mkdir(join(folder, 'wheel'));
    await writeFile(join(folder, 'wheel', 'package.json'), '{"name":"wheel","version":"1.0.0"}');
    const root = { name: 'shop', version: '1.0.0', dependencies: { wheel: 'file:wheel' } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(root));
    const packages = {
      '': root,
      'node_modules/wheel': { resolved: 'wheel', link: true },
      wheel: { version: '1.0.0' },
    };
    const lock = { name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true, packages };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));

    expect(await isInstalled(folder)).toBe(false);
    expect(await installer('await install(folder)', folder)).toEqual({ code: 0, said: '' });
    expect(existsSync(join(folder, 'node_modules', 'wheel', 'package.json'))).toBe(true);
    expect(await isInstalled(folder)).toBe(true);
    // The stamp is only a shortcut: npm's own record says the same.
    await rm(join(folder, 'node_modules', '.flywheel-installed'));
    expect(await isInstalled(folder)).toBe(true);
    await writeFile(
      join(folder, 'package-lock.json'),
      JSON.stringify({ ...lock, packages: { ...packages, wheel: { version: '1.0.1' } } }),
    );
    expect(await isInstalled(folder)).toBe(false);
    await rm(folder, { recursive: true });
  });
});
