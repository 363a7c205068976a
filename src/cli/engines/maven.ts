// Fetches jars with Maven.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FlywheelError } from '../../core/errors.js';
import { findMaven, type JavaEngine } from './java.js';

const run = promisify(execFile);

export interface Jar {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

/** What Maven needs to know to fetch the jars: as dependencies with what they need, or as files by themselves. */
export function pomOf(jars: readonly Jar[], withTheirNeeds: boolean): string {
  const listed = (tag: string) =>
    jars
      .map(
        ({ group, artifact, version }) =>
          `<${tag}><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></${tag}>`,
      )
      .join('\n    ');
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>flywheel</groupId>
  <artifactId>to-try-out</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    ${withTheirNeeds ? listed('dependency') : ''}
  </dependencies>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId>
    <artifactId>maven-dependency-plugin</artifactId>
    <version>3.8.1</version>
    <configuration><artifactItems>
    ${withTheirNeeds ? '' : listed('artifactItem')}
    </artifactItems></configuration>
  </plugin></plugins></build>
</project>
`;
}

export interface MavenFetch {
  readonly wanted: JavaEngine;
  readonly jars: readonly Jar[];
  /** Whether what the jars need comes with them. */
  readonly withTheirNeeds: boolean;
  /** An empty folder. */
  readonly draft: string;
  readonly signal?: AbortSignal | undefined;
}

/** Resolves to a folder inside the draft that holds the jars. Rejects with UNAVAILABLE and what Maven said. */
export async function fetchByMaven(fetch: MavenFetch): Promise<string> {
  const { wanted, jars, withTheirNeeds, draft, signal } = fetch;
  const maven = await findMaven(wanted);
  const pomFile = join(draft, 'pom.xml');
  const folder = join(draft, 'jars');
  await writeFile(pomFile, pomOf(jars, withTheirNeeds));
  const args = [
    '--quiet',
    '--batch-mode',
    '-Dstyle.color=never',
    '--file',
    pomFile,
    // Files by themselves spare Maven hundreds of descriptions of what they might need.
    ...(withTheirNeeds ? ['dependency:copy-dependencies', '-DincludeScope=runtime'] : ['dependency:copy']),
    `-DoutputDirectory=${folder}`,
  ];
  try {
    await run(maven, args, { maxBuffer: 16_777_216, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (signal?.aborted) {
      throw new FlywheelError('CANCELLED', `The start of ${wanted.engine} was interrupted.`);
    }
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : String(error);
    throw new FlywheelError('UNAVAILABLE', `Maven could not fetch files of ${wanted.engine}: ${said}`, {
      cause: error,
    });
  }
  return folder;
}
