// The registry of models in the warehouse: what is known of a version stays for good, and one row says which of them serves.

import { FlywheelError } from '../../core/errors.js';
import type { Listener } from '../../stream/postgres-listener.js';
import type { Database } from '../../warehouse/database.js';
import {
  championChannel,
  championIn,
  dropOldModels,
  insertModel,
  lockModels,
  type ModelRow,
  makeChampion,
  readChampion,
  readModelBytes,
  readModels,
  restoreChampion,
} from '../../warehouse/models.js';
import type { Session } from '../../warehouse/session.js';
import { endWithModel } from '../../warehouse/trainings.js';
import { inTransaction } from '../../warehouse/transaction.js';
import {
  type Model,
  type ModelDescription,
  type ModelRegistry,
  type ModelStatus,
  type ServiceName,
  serviceNames,
} from './registry-contract.js';

export interface RegistryDeps {
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  /** Where changes of other processes are heard. */
  readonly listener: Listener;
}

type RegisterOptions = Parameters<ModelRegistry['register']>[3];

/** `watch` also calls back, for every service, when it begins to listen and whenever it may have missed a change. */
export function createModelRegistry({ database, listener }: RegistryDeps): ModelRegistry {
  return {
    ...createModelStore(database),
    watch(onChange) {
      return listener.on(championChannel, (payload) => {
        for (const service of serviceNames) {
          if (payload === undefined || payload === service) onChange(service);
        }
      });
    },
  };
}

/** All of the registry but what is heard of it: what a thread needs, which loads models and registers what it trained. */
export type ModelStore = Omit<ModelRegistry, 'watch'>;

export function createModelStore(database: RegistryDeps['database']): ModelStore {
  return {
    async models(service, first) {
      return (await readModels(database, { service, first })).flatMap(modelsOf);
    },
    async champion(service) {
      const row = await readChampion(database, service);
      return row && modelOf(service, row);
    },
    async bytes(service, version) {
      const bytes = await readModelBytes(database, service, version);
      if (bytes === undefined) throw unknownModel(service, version);
      if (bytes === null) throw droppedModel(service, version);
      return bytes;
    },
    async register(service, description, bytes, options) {
      const { running } = options;
      const version = await inTransaction(database, async (session) => {
        await lockModels(session, service);
        const champion = await championIn(session, service);
        const added = await insertModel(session, { service, bytes, ...textsOf(description) });
        if (champion === undefined || isPromoted(description, champion, options)) {
          await makeChampion(session, service, added);
        }
        if (running !== undefined && !(await endWithModel(session, running, added))) {
          throw new FlywheelError(
            'CONFLICT',
            `The training ${running.id} of ${service} is not this trainer's any more; what it made is dropped.`,
          );
        }
        await dropOldModels(session, service);
        return added;
      });
      return requireModel(database, service, version);
    },
    async promote(service, version) {
      await requireModel(database, service, version);
      await inTransaction(database, async (session) => {
        await lockModels(session, service);
        await makeChampion(session, service, version);
        await requireKept(session, service, version);
      });
      return requireModel(database, service, version);
    },
    async rollback(service) {
      const version = await inTransaction(database, async (session) => {
        await lockModels(session, service);
        const restored = await restoreChampion(session, service);
        if (restored !== undefined) await requireKept(session, service, restored);
        return restored;
      });
      if (version !== undefined) return requireModel(database, service, version);
      throw new FlywheelError(
        'CONFLICT',
        `No model of ${service} was champion before this one; promote another version instead.`,
      );
    },
  };
}

function unknownModel(service: ServiceName, version: number): FlywheelError {
  return new FlywheelError(
    'NOT_FOUND',
    `There is no model ${service}/${version}; the models that exist are listed by the query models(service: …).`,
  );
}

function droppedModel(service: ServiceName, version: number): FlywheelError {
  return new FlywheelError(
    'CONFLICT',
    `${service}/${version} was dropped: of old models only the figures are kept. Promote one that is kept, or train a new one.`,
  );
}

/** Fails with CONFLICT, which undoes the transaction, where the new champion is not there any more. */
async function requireKept(session: Session, service: ServiceName, version: number): Promise<void> {
  const champion = await championIn(session, service);
  if (champion?.isKept !== true) throw droppedModel(service, version);
}

async function requireModel(
  database: RegistryDeps['database'],
  service: ServiceName,
  version: number,
): Promise<Model> {
  const [row] = await readModels(database, { service, version });
  if (row === undefined) throw unknownModel(service, version);
  return modelOf(service, row);
}

/**
 * Whether a new model takes the place of the champion by itself: only if it was compared with this very champion, or this
 * very one cannot be read.
 */
function isPromoted(
  { quality }: ModelDescription,
  champion: ModelRow,
  { promoteIfBetter, championQuality, championVersion, championIsUnreadable }: RegisterOptions,
): boolean {
  const { measure, better } = champion;
  if (!promoteIfBetter) return false;
  if (championVersion !== undefined && championVersion !== champion.version) return false;
  if (championIsUnreadable === true && championVersion !== undefined) return true;
  const figure = quality[measure];
  if (championQuality === undefined || figure === undefined) return false;
  return better === 'larger' ? figure >= championQuality : figure <= championQuality;
}

function textsOf(description: ModelDescription) {
  const { rows, dataFrom, dataTo, position, seed, parameters, quality, decidedBy } = description;
  return {
    rows: JSON.stringify(rows),
    dataFrom,
    dataTo,
    position: position === null ? null : JSON.stringify(position),
    seed,
    parameters: JSON.stringify(parameters),
    quality: JSON.stringify(quality),
    measure: decidedBy.measure,
    better: decidedBy.better,
  };
}

/** None for a model of a service that this program does not know, as a newer one may. */
function modelsOf(row: ModelRow): Model[] {
  const service = serviceNames.find((name) => name === row.service);
  return service === undefined ? [] : [modelOf(service, row)];
}

function modelOf(service: ServiceName, row: ModelRow): Model {
  return {
    service,
    version: row.version,
    status: statusOf(row),
    trainedAt: row.trainedAt,
    promotedAt: row.promotedAt,
    sizeBytes: row.sizeBytes,
    isKept: row.isKept,
    rows: JSON.parse(row.rows),
    dataFrom: row.dataFrom,
    dataTo: row.dataTo,
    position: row.position === null ? null : JSON.parse(row.position),
    seed: Number(row.seed),
    parameters: JSON.parse(row.parameters),
    quality: JSON.parse(row.quality),
    decidedBy: { measure: row.measure, better: row.better === 'larger' ? 'larger' : 'smaller' },
  };
}

/** Only what was trained after the champion and never served still waits for its promotion. */
function statusOf({ version, champion, promotedAt }: ModelRow): ModelStatus {
  if (version === champion) return 'champion';
  return promotedAt === null && version > (champion ?? 0) ? 'challenger' : 'retired';
}
