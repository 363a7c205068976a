// What the services are told, from one JSON file.

import { readFile } from 'node:fs/promises';
import { FlywheelError } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import type { ServiceName } from '../services/host/registry-contract.js';
import { recommendationSettings } from '../services/recommendation/settings.js';
import { segmentationSettings } from '../services/segmentation/settings.js';

/** The settings of each service as plain JSON, which its threads read again; checked. */
export type ServiceSettings = Readonly<Partial<Record<ServiceName, unknown>>>;

/** Those that can be told something. */
const checks: Readonly<Record<string, (value: unknown) => unknown>> = {
  recommendation: recommendationSettings,
  segmentation: segmentationSettings,
};

/** None without a file. Rejects with BAD_INPUT, which names the file and what is wrong in it. */
export async function readServiceSettings(path: string | undefined): Promise<ServiceSettings> {
  if (path === undefined) return {};
  const settings = await readObject(path);
  for (const [service, value] of Object.entries(settings)) {
    const check = Object.hasOwn(checks, service) ? checks[service] : undefined;
    const names = Object.keys(checks);
    if (check === undefined) {
      throw wrong(
        path,
        `there is nothing to set of "${service}"; there is of ${names.join(' and ')}.${didYouMean(service, names)}`,
      );
    }
    try {
      check(value);
    } catch (error) {
      throw error instanceof FlywheelError ? wrong(path, error.message) : error;
    }
  }
  return settings;
}

async function readObject(path: string): Promise<object> {
  let settings: unknown;
  try {
    settings = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw wrong(path, 'it is no JSON file that can be read.', error);
  }
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings;
  throw wrong(path, 'it must hold one object, with a member for each service that is told something.');
}

function wrong(path: string, what: string, cause?: unknown): FlywheelError {
  return new FlywheelError('BAD_INPUT', `FLYWHEEL_SERVICES names ${path}: ${what}`, { cause });
}
