// When rounds happen, in event time: all of it lies in the past, and rounds leave decisions the time to be answered.

import { FlywheelError } from '../../core/errors.js';
import { openingDays } from './opening.js';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Where an empty event log begins. */
const firstStartMs = Date.UTC(2026, 0, 5);
/** A round is at least so many windows long: answers of one round are never put down to the decisions of another. */
const windowsPerRound = 3;

/** Lists are shown at this share of a round, within this share of it. */
const showing = { at: 0.4, spread: 0.01 } as const;
/** Answers come within this share of the attribution window, and of the round. */
const answering = { ofWindow: 0.8, ofRound: 0.2 } as const;
const countingAt = 0.96;

export interface RoundTimes {
  /** When the opening begins. */
  readonly startMs: number;
  /** How long a round is, and a day of the opening. */
  readonly roundMs: number;
  /** The moment at a share of a day of the opening (from 0), or of a round (from 1). */
  openingMs(day: number, share: number): number;
  roundAtMs(round: number, share: number): number;
  /** When a list is shown: `share` from 0 to 1 tells people from one another. */
  shownMs(round: number, share: number): number;
  /** When somebody answers, at this share of the time in which people do. */
  answeredMs(shownMs: number, delay: number): number;
  /** When stock is counted, after everything else of the round. */
  countedMs(round: number): number;
}

export interface RoundTimesSetting {
  readonly rounds: number;
  readonly nowMs: number;
  /** How far the event log has come; null for an empty one. */
  readonly watermarkMs: number | null;
  readonly attributionWindowMs: number;
}

/**
 * Rounds of a day each, after an opening of 40 days that begins on 5 January 2026, or an hour after all that the log
 * holds. Where that would reach into the future all of it is shortened alike, down to three attribution windows a round;
 * where that does not fit either, BAD_INPUT says what to do.
 */
export function planRounds(setting: RoundTimesSetting): RoundTimes {
  const { rounds, nowMs, watermarkMs, attributionWindowMs } = setting;
  const afterLog = watermarkMs === null ? 0 : Math.ceil(watermarkMs / hourMs) * hourMs + hourMs;
  const startMs = Math.max(firstStartMs, afterLog);
  const parts = openingDays + rounds;
  const roundMs = Math.min(dayMs, Math.floor((nowMs - startMs) / parts));
  if (roundMs < windowsPerRound * attributionWindowMs) {
    throw new FlywheelError(
      'BAD_INPUT',
      `${rounds} rounds do not fit between the newest event of the gateway (${new Date(startMs).toISOString()}) and now: ` +
        `each takes at least three attribution windows, and so does each of the ${openingDays} days before them. Start a gateway on an empty ` +
        'folder (FLYWHEEL_DATA_DIR) with FLYWHEEL_DEMO=off, give it a shorter FLYWHEEL_ATTRIBUTION_WINDOW, or ask for fewer rounds.',
    );
  }
  const openingMs = (day: number, share: number) => Math.floor(startMs + (day + share) * roundMs);
  const roundAtMs = (round: number, share: number) => openingMs(openingDays + round - 1, share);
  const answerMs = Math.min(answering.ofWindow * attributionWindowMs, answering.ofRound * roundMs);
  return {
    startMs,
    roundMs,
    openingMs,
    roundAtMs,
    shownMs: (round, share) => roundAtMs(round, showing.at + showing.spread * share),
    answeredMs: (shownMs, delay) => shownMs + 1 + Math.floor(answerMs * delay),
    countedMs: (round) => roundAtMs(round, countingAt),
  };
}
