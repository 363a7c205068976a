// Adds the clinic to a copy of the project, as its owner would: by hand, in two files that are there and two that are new.

import { appendFile, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder of what the clinic brings. */
export const clinicFolder: string = join(import.meta.dirname, 'clinic');

const list = 'export const definitions: Definitions = createDefinitions([\n';
const listEnd = '\n]);\n';

/** Everything that a trade needs of its own; returns the paths that it touches, sorted. */
export async function addClinic(project: string): Promise<string[]> {
  const models = await readFile(join(clinicFolder, 'models.prisma'), 'utf8');
  await appendFile(join(project, 'prisma', 'schema.prisma'), `\n${models}`);
  for (const name of ['doctor.ts', 'visit.ts']) {
    await copyFile(join(clinicFolder, name), join(project, 'graphql', 'types', name));
  }
  await addMetrics(join(project, 'src', 'metrics', 'definitions.ts'));
  return [
    'graphql/types/doctor.ts',
    'graphql/types/visit.ts',
    'prisma/schema.prisma',
    'src/metrics/definitions.ts',
  ];
}

/** The constants go before the list of metrics, the metrics to its end; nothing that is there changes. */
async function addMetrics(path: string): Promise<void> {
  const [constants, metrics] = partsOf(await readFile(join(clinicFolder, 'metrics.ts'), 'utf8'));
  const [known, knownMetrics] = partsOf(await readFile(path, 'utf8'));
  // What a fragment says of itself at its top is not for the file it becomes a part of.
  const own = constants.slice(constants.indexOf('\n\n') + 2);
  await writeFile(path, `${known}${own}${list}${knownMetrics}\n${metrics}${listEnd}`);
}

function partsOf(text: string): readonly [constants: string, metrics: string] {
  const at = text.indexOf(list);
  if (at < 0 || !text.endsWith(listEnd)) throw new Error('This is no file of metric definitions.');
  return [text.slice(0, at), text.slice(at + list.length, -listEnd.length)];
}
