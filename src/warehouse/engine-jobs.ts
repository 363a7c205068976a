// The table `engine_job`: what jobs on an engine can be started again from, and when they last ran.

import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';

/** A job as it was started last. */
export interface EngineJob {
  readonly name: string;
  readonly generation: number;
  /** Of what was declared then. */
  readonly fingerprint: string;
  /** Null when nobody knows whether the engine took it. */
  readonly jobId: string | null;
  /** The newest checkpoint or savepoint of this generation; null before the first. */
  readonly restorePoint: { readonly path: string; readonly at: Date } | null;
  /** When all of it was last seen running in this generation; null for never. */
  readonly lastSeenRunningAt: Date | null;
}

export interface EngineJobStore {
  /** The jobs of an owner, by name. */
  read(owner: string): Promise<ReadonlyMap<string, EngineJob>>;
  /** Stores one in the place of what was known under its name. */
  write(owner: string, job: EngineJob): Promise<void>;
  /** Forgets one. */
  remove(owner: string, name: string): Promise<void>;
}

/** Rejects with UNAVAILABLE or TIMEOUT when the warehouse does not answer. */
export function createEngineJobStore({ prisma }: Pick<Database, 'prisma'>): EngineJobStore {
  return {
    async read(owner) {
      const rows = await explained(prisma.engineJob.findMany({ where: { owner }, orderBy: { name: 'asc' } }));
      return new Map(
        rows.map(({ owner: _, restorePath, restoreAt, ...job }) => [
          job.name,
          {
            ...job,
            restorePoint:
              restorePath === null || restoreAt === null ? null : { path: restorePath, at: restoreAt },
          },
        ]),
      );
    },
    async write(owner, { name, restorePoint, ...job }) {
      const known = {
        ...job,
        restorePath: restorePoint?.path ?? null,
        restoreAt: restorePoint?.at ?? null,
      };
      await explained(
        prisma.engineJob.upsert({
          where: { owner_name: { owner, name } },
          create: { owner, name, ...known },
          update: known,
        }),
      );
    },
    async remove(owner, name) {
      await explained(prisma.engineJob.deleteMany({ where: { owner, name } }));
    },
  };
}

async function explained<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
