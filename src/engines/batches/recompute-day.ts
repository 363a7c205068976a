// The batch `recompute-day`: the live windows of a day that had late events, made true to the facts again.

import { FlywheelError } from '../../core/errors.js';
import { definitions } from '../../metrics/definitions.js';
import { createStateStage } from '../../metrics/emit-recompute.js';
import { sparkDialect } from '../../metrics/emit-spark.js';
import { sparkIntoStage, sparkTable } from '../../metrics/emit-spark-stage.js';
import { findLateDay, type LateDay, type LateWindows, replaceLateDay } from '../../metrics/recompute-day.js';
import type { RunningBatch } from '../../warehouse/batches/batch-turn.js';
import { inLongTransaction } from '../../warehouse/batches/long-transaction.js';
import { catalogue } from '../../warehouse/catalogue.js';
import { type Batch, type BatchDeps, sparkOf } from './batch-contract.js';
import type { RecomputeDayOptions } from './batch-options.js';
import { partedFacts } from './parted-facts.js';
import { runSteps } from './spark-steps.js';

const ofDay = { catalogue, definitions };
const dayMs = 86_400_000;

/** The beginning of the day in UTC; yesterday where none is named. */
function dayOf({ day }: RecomputeDayOptions): Date {
  return new Date(day ?? new Date(Date.now() - dayMs).toISOString().slice(0, 10));
}

export const recomputeDayBatch: Batch<RecomputeDayOptions> = {
  check(deps, engine) {
    if (engine === 'spark') sparkOf(deps);
    if (!deps.flinkKeepsWindows) return;
    throw new FlywheelError(
      'BAD_INPUT',
      'Flink keeps the live windows (FLINK_SQL_GATEWAY is set), so a batch cannot restate them; a load makes Flink build them anew.',
    );
  },
  async run(deps, engine, options, run) {
    const day = dayOf(options);
    const found = engine === 'spark' ? await computeOnSpark(deps, day, run) : null;
    return inLongTransaction(deps.database, run.signal, async (session) => {
      run.say(0.9, 'looking for windows that had late events');
      const now = await findLateDay(ofDay, session, day);
      // Where facts came or went since Spark read them, or windows were forgotten, what it found is old.
      const isCurrent = found !== null && found.print === now.print;
      run.say(0.9, isCurrent ? 'replacing the windows' : 'computing the windows from the facts');
      await replaceLateDay(ofDay, session, now.items, (place) =>
        isCurrent ? run.stageTable(`${place}`) : null,
      );
      await run.fence(session);
      return { rows: now.late, changed: now.late };
    });
  },
};

/** The states of the windows, each cut in a staging table of its own. */
async function computeOnSpark(deps: BatchDeps, day: Date, run: RunningBatch): Promise<LateDay> {
  const found = await inLongTransaction(deps.database, run.signal, async (session) => {
    const late = await findLateDay(ofDay, session, day);
    for (const [place, { windows }] of late.items.entries())
      await session.run(createStateStage(run.stageTable(`${place}`), windows));
    return late;
  });
  if (found.items.length === 0) return found;
  const parted = await partedFacts(
    deps.database,
    found.items.map(({ part }) => part.model),
  );
  const tables = { table: (model: LateWindows['part']['model']) => parted.get(model) ?? sparkTable(model) };
  const steps = found.items.map(({ part, windows: { cut, fromMs, toMs } }, place) => {
    const to = toMs === null ? null : new Date(toMs);
    const query = sparkDialect.cut(catalogue, { part, cut, from: new Date(fromMs), to }, tables);
    const shown = new Set(['start', ...cut.dimensions.map(({ definition }) => definition.name)]);
    return {
      sql: sparkIntoStage(
        run.stageTable(`${place}`),
        query,
        (name) => shown.has(name) || name.startsWith('state_'),
      ),
      step: `computing the windows ${cut.name}`,
    };
  });
  await runSteps(deps, run, steps);
  return found;
}
