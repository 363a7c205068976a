// All who follow the same trainings with the same document: the newest record of each service, then each as it changes.

import { type ServiceName, serviceNames } from '../../src/services/host/registry-contract.js';
import type { TrainingRecord, Trainings } from '../../src/services/host/trainings-contract.js';
import type { CohortTelemetry } from './cohort-telemetry.js';
import { HubMessage } from './message.js';
import type { Render } from './render.js';
import type { Sink, Subscription } from './sink.js';
import type { TrainingSource } from './source.js';
import { trainingCursor } from './training-cursor.js';

export interface TrainingCohortDeps {
  readonly trainings: Pick<Trainings, 'list' | 'watch'>;
  readonly source: TrainingSource;
  readonly render: Render;
  readonly telemetry: CohortTelemetry;
  /** Nobody is left. */
  readonly onEmpty: () => void;
}

/** What was said last of a service; whoever falls behind needs nothing older. */
interface Entry {
  readonly record: TrainingRecord;
  /** Grows from entry to entry in the order in which they were said. */
  readonly place: number;
  readonly message: HubMessage;
}

class Member implements Subscription {
  phase: 'waiting' | 'live' | 'behind' | 'stopped' = 'waiting';
  /** The place of the last entry that it got. */
  place = 0;

  constructor(
    readonly sink: Sink,
    /** The cursor of a record that it has had before it came. */
    readonly after: string | undefined,
    private readonly cohort: TrainingCohort,
  ) {}

  resume(): void {
    if (this.phase === 'behind') this.cohort.pump(this);
  }

  stop(): void {
    this.cohort.leave(this);
  }
}

export class TrainingCohort {
  readonly #deps: TrainingCohortDeps;
  readonly #members = new Set<Member>();
  /** By service, in the order in which they were said. */
  readonly #latest = new Map<ServiceName, Entry>();
  readonly #unwatch: () => void;
  #loading: Promise<void> | undefined;
  #place = 0;

  constructor(deps: TrainingCohortDeps) {
    this.#deps = deps;
    const { service } = deps.source;
    // Before the records are read, so that no change falls between.
    this.#unwatch = deps.trainings.watch((record) => {
      if (service === undefined || record.service === service) this.#take(record);
    });
  }

  get size(): number {
    return this.#members.size;
  }

  join(sink: Sink, after: string | undefined): Subscription {
    const member = new Member(sink, after, this);
    this.#members.add(member);
    this.#begin(member).catch((error: unknown) => {
      if (member.phase === 'stopped') return;
      this.leave(member);
      sink.fail(error);
    });
    return member;
  }

  leave(member: Member): void {
    if (member.phase === 'behind') this.#deps.telemetry.behind(-1);
    member.phase = 'stopped';
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#unwatch();
    this.#deps.onEmpty();
  }

  /** Gives a member the newest of each service that it has not had, until its reader is behind again. */
  pump(member: Member): void {
    let handed = 0;
    let goesOn = true;
    for (const { place, message } of [...this.#latest.values()]) {
      if (!goesOn) break;
      if (place <= member.place) continue;
      member.place = place;
      if (message.cursor === member.after) continue;
      handed += 1;
      goesOn = member.sink.next(message);
    }
    this.#deps.telemetry.delivered(handed, null);
    this.#setPhase(member, goesOn ? 'live' : 'behind');
  }

  async #begin(member: Member): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      // Whoever comes next tries again.
      this.#loading = undefined;
      throw error;
    });
    await this.#loading;
    if (member.phase === 'waiting') this.pump(member);
  }

  async #load(): Promise<void> {
    const { trainings, source } = this.#deps;
    const services = source.service === undefined ? serviceNames : [source.service];
    const lists = await Promise.all(services.map((service) => trainings.list({ service, first: 1 })));
    const oldestFirst = lists.flat().sort((one, other) => one.id - other.id);
    for (const record of oldestFirst) if (!this.#latest.has(record.service)) this.#take(record);
  }

  #take(record: TrainingRecord): void {
    const earlier = this.#latest.get(record.service);
    const cursor = trainingCursor(record);
    // What was read may be heard of afterwards.
    if (earlier !== undefined && (record.id < earlier.record.id || cursor === earlier.message.cursor)) return;
    this.#place += 1;
    const message = new HubMessage(this.#deps.render(record), cursor);
    this.#latest.delete(record.service);
    this.#latest.set(record.service, { record, place: this.#place, message });
    let handed = 0;
    let replaced = 0;
    for (const member of this.#members) {
      if (member.phase === 'behind' && earlier !== undefined && earlier.place > member.place) replaced += 1;
      if (member.phase !== 'live') continue;
      handed += 1;
      member.place = this.#place;
      if (!member.sink.next(message)) this.#setPhase(member, 'behind');
    }
    this.#deps.telemetry.delivered(handed, null);
    if (replaced > 0) this.#deps.telemetry.conflated(replaced);
  }

  #setPhase(member: Member, phase: 'live' | 'behind'): void {
    // A sink that is given its message may stop on the spot.
    if (member.phase === 'stopped' || member.phase === phase) return;
    if (phase === 'behind') this.#deps.telemetry.behind(1);
    else if (member.phase === 'behind') this.#deps.telemetry.behind(-1);
    member.phase = phase;
  }
}
