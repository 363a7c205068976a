// Turns the TypeScript sources into dist/, file by file, without checking types: only what has changed.

import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { StepFailed } from './run.mjs';
import { hashOfFiles, readIfThere } from './stamp.mjs';

const sourceFolders = ['src', 'graphql', join('prisma', 'generated')];
const stampFile = (root) => join(root, 'dist', '.flywheel-built.json');

/** @param {string} root */
export function isBuilt(root) {
  const { marks } = readStamp(root);
  const now = marksOf(root);
  const paths = Object.keys(now);
  return paths.length === Object.keys(marks).length && paths.every((path) => marks[path] === now[path]);
}

/** @param {string} root */
export async function build(root) {
  const before = readStamp(root);
  const now = marksOf(root);
  const recipe = recipeOf(root);
  const isAnew = recipe !== before.recipe;
  if (isAnew)
    for (const folder of ['src', 'graphql', 'prisma'])
      rmSync(join(root, 'dist', folder), { recursive: true, force: true });

  const typescript = createRequire(join(root, 'package.json'))('typescript');
  const options = compilerOptions(typescript, root);
  for (const [path, mark] of Object.entries(now)) {
    if (isAnew || before.marks[path] !== mark) emit(typescript, options, root, path);
  }
  for (const path of Object.keys(before.marks)) {
    if (now[path] === undefined) rmSync(join(root, 'dist', outputOf(path)), { force: true });
  }
  writeWhole(stampFile(root), JSON.stringify({ recipe, marks: now }));
}

/** What the output depends on beside the source itself. */
function recipeOf(root) {
  const inputs = [
    join('node_modules', 'typescript', 'package.json'),
    'tsconfig.json',
    join('src', 'cli', 'prepare', 'build.mjs'),
  ];
  return hashOfFiles(inputs.map((path) => join(root, path)));
}

function readStamp(root) {
  try {
    return JSON.parse(readIfThere(stampFile(root)));
  } catch {
    return { recipe: '', marks: {} };
  }
}

/** Every source by its path, with what tells one state of it from another at the price of a look at its folder. */
function marksOf(root) {
  const marks = {};
  for (const folder of sourceFolders) collect(root, join(root, folder), marks);
  return marks;
}

function collect(root, folder, marks) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) collect(root, path, marks);
    else if (!entry.name.endsWith('.d.ts')) {
      const { mtimeMs, size } = statSync(path);
      marks[relative(root, path)] = `${mtimeMs}:${size}`;
    }
  }
}

function compilerOptions(typescript, root) {
  const { config } = typescript.readConfigFile(join(root, 'tsconfig.json'), (path) => readIfThere(path));
  const { options } = typescript.convertCompilerOptionsFromJson(config.compilerOptions, root);
  // One file at a time, the compiler does not see package.json, which is what tells it that these are ES modules.
  const { ModuleKind, ModuleResolutionKind } = typescript;
  return {
    ...options,
    module: ModuleKind.ESNext,
    moduleResolution: ModuleResolutionKind.Bundler,
    noEmit: false,
  };
}

const outputOf = (path) => path.replace(/\.ts$/, '.js');

function emit(typescript, options, root, path) {
  const source = join(root, path);
  const target = join(root, 'dist', outputOf(path));
  mkdirSync(dirname(target), { recursive: true });
  if (!path.endsWith('.ts')) {
    copyFileSync(source, target);
    return;
  }
  const { outputText, diagnostics = [] } = typescript.transpileModule(readIfThere(source), {
    compilerOptions: options,
    fileName: source,
    reportDiagnostics: true,
  });
  const fault = diagnostics.find(({ category }) => category === typescript.DiagnosticCategory.Error);
  if (fault !== undefined) {
    const { line } = fault.file?.getLineAndCharacterOfPosition(fault.start ?? 0) ?? { line: 0 };
    const reason = typescript.flattenDiagnosticMessageText(fault.messageText, ' ');
    throw new StepFailed(`${path}, line ${line + 1}: ${reason}`);
  }
  writeWhole(target, outputText);
}

/** In one step, so that a program that runs from dist/ never reads half a file. */
function writeWhole(target, text) {
  const unfinished = `${target}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, target);
}
