// Fetches the files of Apache Kafka once, with Maven, into a folder that later starts use again.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FlywheelError } from '../../core/errors.js';
import { findMaven } from './java.js';

const run = promisify(execFile);

const kafkaVersion = '4.4.0';
const log4jVersion = '2.25.3';

function dependency(group: string, artifact: string, version: string): string {
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}

/** What Maven needs to know. Kafka speaks to slf4j 1.7, so the binding is that of 1.x. */
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>flywheel</groupId>
  <artifactId>kafka-to-try-out</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', kafkaVersion)}
    ${dependency('org.apache.kafka', 'kafka-tools', kafkaVersion)}
    ${dependency('org.apache.logging.log4j', 'log4j-core', log4jVersion)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', log4jVersion)}
  </dependencies>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId>
    <artifactId>maven-dependency-plugin</artifactId>
    <version>3.8.1</version>
  </plugin></plugins></build>
</project>
`;

/**
 * Resolves to the folder of the jars beneath `folder`. They arrive beside their place and are moved there as one step,
 * so what an interrupted start leaves is never taken for all of them; of several starts at once one wins.
 */
export async function fetchJars(folder: string, signal?: AbortSignal): Promise<string> {
  // Another list of files is another folder.
  const mark = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  const place = join(folder, `jars-${kafkaVersion}-${mark}`);
  if (existsSync(place)) return place;
  const maven = await findMaven();
  await mkdir(folder, { recursive: true });
  const draft = await mkdtemp(join(folder, 'fetching-'));
  try {
    const pomFile = join(draft, 'pom.xml');
    const jars = join(draft, 'jars');
    await writeFile(pomFile, pom);
    await run(
      maven,
      [
        '--quiet',
        '--batch-mode',
        '--file',
        pomFile,
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${jars}`,
      ],
      { maxBuffer: 16_777_216, ...(signal === undefined ? {} : { signal }) },
    );
    await rename(jars, place).catch((error: unknown) => {
      if (!existsSync(place)) throw error;
    });
    return place;
  } catch (error) {
    if (signal?.aborted) throw new FlywheelError('CANCELLED', 'The start of Kafka was interrupted.');
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : String(error);
    throw new FlywheelError('UNAVAILABLE', `Maven could not fetch Kafka ${kafkaVersion}: ${said}`, {
      cause: error,
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
