// The thermometers of the simulated shop's store-rooms.

import type { Random } from '../core/random.js';
import { drawNormal } from '../math/random-variates.js';
import { dayMs } from './calendar.js';

export interface Reading {
  readonly device: string;
  /** Counts the readings of the device since 1970. */
  readonly number: number;
  readonly atMs: number;
  readonly celsius: number;
}

interface Sensor {
  readonly device: string;
  readonly meanCelsius: number;
  /** How far the day moves it up and down. */
  readonly swingCelsius: number;
}

const sensors: readonly Sensor[] = [
  { device: 'store-room-1', meanCelsius: 19.5, swingCelsius: 2.5 },
  { device: 'store-room-2', meanCelsius: 18, swingCelsius: 3.5 },
  { device: 'loading-bay', meanCelsius: 14, swingCelsius: 6 },
  { device: 'cold-room', meanCelsius: 4, swingCelsius: 0.4 },
];

/** Each device reads this often; together they read once a second or so. */
const everyMs = 5_000;
const driftMs = 420_000;

/** A day's wave, a slower drift to and fro, and the tremble of the instrument; in hundredths of a degree. */
function celsiusAt(random: Random, sensor: Sensor, atMs: number): number {
  const ofDay = Math.cos((2 * Math.PI * (atMs - 15 * 3_600_000)) / dayMs);
  const drift = Math.sin((2 * Math.PI * atMs) / driftMs + sensor.meanCelsius);
  const celsius =
    sensor.meanCelsius + sensor.swingCelsius * (0.5 * ofDay + 0.15 * drift) + drawNormal(random, 0, 0.05);
  return Math.round(celsius * 100) / 100;
}

/** The readings from `fromMs` (included) to `untilMs` (excluded) in order of time: a pure function of seed and stretch. */
export function readSensors(root: Random, fromMs: number, untilMs: number): Reading[] {
  const readings: Reading[] = [];
  for (const [place, sensor] of sensors.entries()) {
    // One after another, at equal distances.
    const shiftMs = (place * everyMs) / sensors.length;
    for (
      let number = Math.ceil((fromMs - shiftMs) / everyMs);
      number * everyMs + shiftMs < untilMs;
      number += 1
    ) {
      const atMs = number * everyMs + shiftMs;
      const random = root.stream(`sensor/${place}/${number}`);
      readings.push({ device: sensor.device, number, atMs, celsius: celsiusAt(random, sensor, atMs) });
    }
  }
  return readings.sort((one, other) => one.atMs - other.atMs);
}
