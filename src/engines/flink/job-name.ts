// What a job of ours is called on Flink: whose it is, what it is, and what exactly was declared.

import { createHash } from 'node:crypto';
import type { DeclaredJob } from './jobs-contract.js';

/** What a name says. */
export interface NamedJob {
  readonly name: string;
  readonly generation: number;
  readonly fingerprint: string;
}

/** The same for the same statements and settings. */
export function fingerprintOf({ tables, insert, settings }: DeclaredJob): string {
  const sorted = Object.entries(settings).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([tables, insert, sorted]))
    .digest('hex')
    .slice(0, 8);
}

export function jobNameOf(owner: string, { name, generation, fingerprint }: NamedJob): string {
  return `flywheel ${owner} ${name} g${generation} ${fingerprint}`;
}

const jobName = /^flywheel (\S+) (\S+) g(\d+) ([0-9a-f]{8})$/;

/** Undefined for a job that is not the owner's. */
export function readJobName(owner: string, text: string): NamedJob | undefined {
  const [, whose, name, generation, fingerprint] = jobName.exec(text) ?? [];
  if (whose !== owner || name === undefined || fingerprint === undefined) return undefined;
  return { name, generation: Number(generation), fingerprint };
}
