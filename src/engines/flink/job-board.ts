// Remembers how each declared job was seen last, and tells of changes.

import type { Clock } from '../../core/clock.js';
import type { WatchedJob } from '../../core/engine-telemetry.js';
import type { JobState } from './jobs-contract.js';
import type { Verdict } from './judge-job.js';
import type { FlinkCheckpoints } from './rest.js';

/** How a job was found. */
export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  readonly jobId: string | null;
  /** Null where nothing is known of them. */
  readonly checkpoints: FlinkCheckpoints | null;
}

export interface JobBoard {
  /** Takes the place of all findings before. */
  show(findings: readonly Finding[]): readonly JobState[];
  states(): readonly JobState[];
  watched(): readonly WatchedJob[];
}

interface BoardDeps {
  readonly clock: Clock;
  /** Told of a state or a sentence that is another than before. */
  readonly onChange: ((state: JobState) => void) | undefined;
}

export function createJobBoard({ clock, onChange }: BoardDeps): JobBoard {
  let states: readonly JobState[] = [];
  let checkpoints = new Map<string, FlinkCheckpoints>();

  function stateFrom({ name, verdict, jobId, checkpoints: own }: Finding): JobState {
    const before = states.find((known) => known.name === name);
    const since = before?.state === verdict.state ? before.since : new Date(clock.nowMs());
    const state = { name, ...verdict, jobId, checkpoints: own?.completed ?? 0, since };
    if (before?.state !== state.state || before.sentence !== state.sentence) onChange?.(state);
    return state;
  }

  return {
    show(findings) {
      states = findings.map(stateFrom);
      checkpoints = new Map(
        findings.flatMap((found) => (found.checkpoints ? [[found.name, found.checkpoints]] : [])),
      );
      return states;
    },
    states: () => states,
    watched: () =>
      states.map(({ name, state }) => {
        const known = checkpoints.get(name);
        return {
          name,
          state,
          checkpointAgeMs: known?.newest == null ? null : clock.nowMs() - known.newest.at.getTime(),
          recoveries: known?.recoveries ?? 0,
        };
      }),
  };
}
