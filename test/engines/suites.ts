// Finds the suites that `npm run engines` runs: those that need Flink or Spark, that take minutes, or that try a Kafka as it stands elsewhere.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';

/** What such a suite imports. */
const marks = /support\/(flink|spark|when-asked|secured-listeners)[.]js'/;

/** Paths from the root of the project, in order; with `beginnings`, only those that begin so. */
export async function findEngineSuites(beginnings: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(join(projectRoot, 'test'), { recursive: true });
  const files = names.map((name) => `test/${name}`).filter((file) => file.endsWith('.test.ts'));
  const suites: string[] = [];
  for (const file of files.sort()) {
    if (beginnings.length > 0 && !beginnings.some((beginning) => file.startsWith(beginning))) continue;
    if (marks.test(await readFile(join(projectRoot, file), 'utf8'))) suites.push(file);
  }
  return suites;
}
