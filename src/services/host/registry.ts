// The registry of models in the warehouse: what is known of a version stays for good, and one row says which of them serves.

import { FlywheelError } from '../../core/errors.js';
import type { Listener } from '../../stream/postgres-listener.js';
import type { Database } from '../../warehouse/database.js';
import { type ModelStepRow, modelStepRows, readTrial, trialIn } from '../../warehouse/model-trials.js';
import {
  championChannel,
  championIn,
  dropOldModels,
  insertModel,
  lockModels,
  type ModelRow,
  readModelBytes,
  readModels,
  readServing,
} from '../../warehouse/models.js';
import type { Session } from '../../warehouse/session.js';
import { endWithModel } from '../../warehouse/trainings.js';
import { inTransaction } from '../../warehouse/transaction.js';
import { challenge, goBack, serve, withdraw } from './model-steps.js';
import {
  type Model,
  type ModelDescription,
  type ModelRegistry,
  type ModelRole,
  type ModelStatus,
  type ModelStep,
  modelStepNames,
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
  async function serving(service: ServiceName, role: ModelRole): Promise<Model | undefined> {
    const row = await readServing(database, service, role);
    return row && modelOf(service, row);
  }

  /** One change of a service's models at a time. */
  const changing = <T>(service: ServiceName, work: (session: Session) => Promise<T>): Promise<T> =>
    inTransaction(database, async (session) => {
      await lockModels(session, service);
      return work(session);
    });

  return {
    async models(service, first) {
      return (await readModels(database, { service, first })).flatMap(modelsOf);
    },
    champion: (service) => serving(service, 'champion'),
    challenger: (service) => serving(service, 'challenger'),
    async bytes(service, version) {
      const bytes = await readModelBytes(database, service, version);
      if (bytes === undefined) throw unknownModel(service, version);
      if (bytes === null) throw droppedModel(service, version);
      return bytes;
    },
    async register(service, description, bytes, options) {
      const { running } = options;
      const version = await changing(service, async (session) => {
        const champion = await championIn(session, service);
        const added = await insertModel(session, { service, bytes, ...textsOf(description) });
        await admit(session, { service, version: added, description, champion }, options);
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
      await changing(service, async (session) => {
        await serve(session, service, { version, reason: 'An operator let it serve.' });
        await requireKept(session, service, version);
      });
      return requireModel(database, service, version);
    },
    async rollback(service) {
      const version = await changing(service, async (session) => {
        const restored = await goBack(session, service);
        if (restored !== undefined) await requireKept(session, service, restored);
        return restored;
      });
      if (version !== undefined) return requireModel(database, service, version);
      throw new FlywheelError(
        'CONFLICT',
        `No model of ${service} was champion before this one; promote another version instead.`,
      );
    },
    trial: (service) => readTrial(database, service),
    endTrial: (service, { champion, challenger }, { promotes, reason, figures }) =>
      changing(service, async (session) => {
        const trial = await trialIn(session, service);
        if (trial?.champion !== champion || trial.challenger !== challenger) return false;
        await (promotes ? serve : withdraw)(session, service, { version: challenger, reason, figures });
        return true;
      }),
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

interface Admission {
  readonly service: ServiceName;
  readonly version: number;
  readonly description: ModelDescription;
  readonly champion: ModelRow | undefined;
}

/** Lets a new model serve, at once or on trial, where it may. */
async function admit(
  session: Session,
  { service, version, description, champion }: Admission,
  options: RegisterOptions,
): Promise<void> {
  if (champion === undefined) {
    await serve(session, service, { version, reason: 'It is the first model of its service.' });
    return;
  }
  if (!isPromoted(description, champion, options)) return;
  const before = `${service}/${champion.version}`;
  if (options.championIsUnreadable === true) {
    await serve(session, service, { version, reason: `This release cannot read ${before}.` });
    return;
  }
  const noWorse = `It is no worse than ${before} on data that was held back from both`;
  const reason = `${noWorse}; what customers do with its proposals decides.`;
  const isOnTrial = options.asChallenger === true && (await challenge(session, service, { version, reason }));
  if (!isOnTrial) await serve(session, service, { version, reason: `${noWorse}.` });
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
  const steps = modelStepRows.parse(row.steps).flatMap(stepsOf);
  return {
    service,
    version: row.version,
    status: statusOf(row, steps),
    role: row.version === row.champion ? 'champion' : row.version === row.challenger ? 'challenger' : null,
    steps,
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

/** None for a step that this program does not know, as a newer one may. */
function stepsOf({ step, ...rest }: ModelStepRow): ModelStep[] {
  const known = modelStepNames.find((name) => name === step);
  return known === undefined ? [] : [{ step: known, ...rest }];
}

/** Only what was trained after the champion and never served nor lost a trial still waits for its promotion. */
function statusOf({ version, champion, promotedAt }: ModelRow, steps: readonly ModelStep[]): ModelStatus {
  if (version === champion) return 'champion';
  const isPassedOver = promotedAt !== null || steps.at(-1)?.step === 'withdrawn';
  return !isPassedOver && version > (champion ?? 0) ? 'challenger' : 'retired';
}
