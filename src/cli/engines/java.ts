// Finds Java and Maven, and says in a sentence what to install where they are missing.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FlywheelError } from '../../core/errors.js';

const run = promisify(execFile);

const oldestJava = 17;

export interface JavaEngine {
  /** Such as `Kafka`. */
  readonly engine: string;
  /** What else the person may do where something is missing, such as `start Kafka with Docker: docker compose up`. */
  readonly otherwise?: string;
}

/** The command that runs Java: that of JAVA_HOME, or the one on the path. Rejects with UNAVAILABLE. */
export async function findJava(wanted: JavaEngine): Promise<string> {
  const needs = `${wanted.engine} runs on Java ${oldestJava} or newer`;
  const home = process.env.JAVA_HOME;
  const command = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
  const said = await run(command, ['-version']).catch((error: unknown) => {
    throw missing(wanted, `${needs}, and there is no ${command}`, error);
  });
  const version = /version "(?:1\.)?(\d+)/.exec(`${said.stderr}${said.stdout}`)?.[1];
  if (version !== undefined && Number(version) < oldestJava) {
    throw missing(wanted, `${needs}, and ${command} is Java ${version}`);
  }
  return command;
}

/** The command that runs Maven. Rejects with UNAVAILABLE. */
export async function findMaven(wanted: JavaEngine): Promise<string> {
  await run('mvn', ['--version']).catch((error: unknown) => {
    throw missing(wanted, `Files of ${wanted.engine} are fetched with Maven, and there is no mvn`, error);
  });
  return 'mvn';
}

function missing({ otherwise }: JavaEngine, what: string, cause?: unknown): FlywheelError {
  const other = otherwise === undefined ? '' : `, or ${otherwise}`;
  return new FlywheelError(
    'UNAVAILABLE',
    `${what}; install it (on Debian and Ubuntu: apt install openjdk-17-jre-headless maven)${other}.`,
    { cause },
  );
}
