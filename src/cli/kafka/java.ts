// Finds Java and Maven, and says in a sentence what to install where they are missing.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FlywheelError } from '../../core/errors.js';

const run = promisify(execFile);

const oldestJava = 17;

/** The command that runs Java: that of JAVA_HOME, or the one on the path. Rejects with UNAVAILABLE. */
export async function findJava(): Promise<string> {
  const home = process.env.JAVA_HOME;
  const command = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
  const said = await run(command, ['-version']).catch((error: unknown) => {
    throw missing(`Kafka runs on Java ${oldestJava} or newer, and there is no ${command}`, error);
  });
  const version = /version "(?:1\.)?(\d+)/.exec(`${said.stderr}${said.stdout}`)?.[1];
  if (version !== undefined && Number(version) < oldestJava) {
    throw missing(`Kafka runs on Java ${oldestJava} or newer, and ${command} is Java ${version}`);
  }
  return command;
}

/** The command that runs Maven. Rejects with UNAVAILABLE. */
export async function findMaven(): Promise<string> {
  await run('mvn', ['--version']).catch((error: unknown) => {
    throw missing("Kafka's files are fetched with Maven, and there is no mvn", error);
  });
  return 'mvn';
}

function missing(what: string, cause?: unknown): FlywheelError {
  return new FlywheelError(
    'UNAVAILABLE',
    `${what}; install it (on Debian and Ubuntu: apt install openjdk-17-jre-headless maven), or start Kafka with Docker: docker compose up.`,
    { cause },
  );
}
