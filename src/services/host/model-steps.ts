// How models come to serve and cease to: each change of champion or challenger, with what is said of it.

import {
  addModelStep,
  clearChallenger,
  setChallenger,
  type TrialRow,
  trialIn,
} from '../../warehouse/model-trials.js';
import { championIn, makeChampion, restoreChampion, tellOfServing } from '../../warehouse/models.js';
import type { Session } from '../../warehouse/session.js';
import type { ModelStepName, ServiceName } from './registry-contract.js';

/** A version, and why something is done with it. */
interface Cause {
  readonly version: number;
  readonly reason: string;
  readonly figures?: Readonly<Record<string, number>>;
}

/** Where nothing was shown for so long, by the clock of the log, no challenger could be measured. */
const shownLatelyMs = 14 * 86_400_000;

async function note(session: Session, service: ServiceName, step: ModelStepName, cause: Cause) {
  await addModelStep(session, service, { step, ...cause });
}

/** Says of a challenger that it was not judged before something else happened. */
async function noteUnjudged(session: Session, service: ServiceName, trial: TrialRow, what: string) {
  await note(session, service, 'withdrawn', {
    version: trial.challenger,
    reason: `${what} before enough was known of it.`,
  });
}

/** Makes a version the champion; nothing happens when it is. The models of the service must be locked. */
export async function serve(session: Session, service: ServiceName, cause: Cause): Promise<void> {
  const champion = await championIn(session, service);
  if (champion?.version === cause.version) return;
  const trial = await trialIn(session, service);
  await makeChampion(session, service, cause.version);
  if (trial !== undefined && trial.challenger !== cause.version)
    await noteUnjudged(session, service, trial, `${service}/${cause.version} became the champion`);
  await note(session, service, 'promoted', cause);
}

/**
 * Makes a version the challenger; false, and nothing happens, where nobody is shown what a model proposes. The models of
 * the service must be locked.
 */
export async function challenge(session: Session, service: ServiceName, cause: Cause): Promise<boolean> {
  const before = await trialIn(session, service);
  if (!(await setChallenger(session, service, cause.version, shownLatelyMs))) return false;
  if (before !== undefined)
    await noteUnjudged(session, service, before, `${service}/${cause.version} took its place`);
  await note(session, service, 'challenged', cause);
  await tellOfServing(session, service);
  return true;
}

/** Lets only the champion serve. The models of the service must be locked. */
export async function withdraw(session: Session, service: ServiceName, cause: Cause): Promise<void> {
  await clearChallenger(session, service);
  await note(session, service, 'withdrawn', cause);
  await tellOfServing(session, service);
}

/** Makes the champion before this one the champion; its version, or undefined without one. The models must be locked. */
export async function goBack(session: Session, service: ServiceName): Promise<number | undefined> {
  const champion = await championIn(session, service);
  const trial = await trialIn(session, service);
  const restored = await restoreChampion(session, service);
  if (champion === undefined || restored === undefined) return undefined;
  const [late, back] = [`${service}/${champion.version}`, `${service}/${restored}`];
  if (trial !== undefined) await noteUnjudged(session, service, trial, `${late} was rolled back`);
  const reason = `An operator went back to ${back}.`;
  await note(session, service, 'withdrawn', { version: champion.version, reason });
  await note(session, service, 'restored', { version: restored, reason: `An operator rolled ${late} back.` });
  return restored;
}
