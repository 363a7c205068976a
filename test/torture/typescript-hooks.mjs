// Lets Node run the TypeScript of the working copy as it stands: types are taken out of each file as it is loaded.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { threadId } from 'node:worker_threads';

/** Many threads start from the same files, and to load the compiler takes longer than all the rest of a start. */
const cache = new URL('../../node_modules/.cache/flywheel-typescript/', import.meta.url);

async function transpile(source, fileName) {
  const { default: typescript } = await import('typescript');
  const compilerOptions = {
    target: typescript.ScriptTarget.ES2023,
    module: typescript.ModuleKind.ESNext,
    inlineSourceMap: true,
  };
  return typescript.transpileModule(source, { compilerOptions, fileName }).outputText;
}

/** By what it was made of; another process may write the same at the same time. */
async function transpiled(source, url) {
  const digest = createHash('sha256').update(`${url}\n${source}`).digest('hex');
  const place = new URL(`${digest}.js`, cache);
  try {
    return await readFile(place, 'utf8');
  } catch {
    const text = await transpile(source, url);
    await mkdir(cache, { recursive: true });
    const draft = new URL(`${digest}.${process.pid}.${threadId}`, cache);
    await writeFile(draft, text);
    await rename(draft, place);
    return text;
  }
}

/** Our imports name the file that is built; here it is its source that is there. */
export async function resolve(specifier, context, next) {
  if (/^\.{1,2}\/.*\.js$/.test(specifier)) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const source = await transpiled(await readFile(new URL(url), 'utf8'), url);
  return { format: 'module', source, shortCircuit: true };
}
