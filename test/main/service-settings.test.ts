// Holds that a file of what the services are told is checked as a whole before anything starts.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readServiceSettings } from '../../src/main/service-settings.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-settings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(text: string) {
  const path = join(folder, 'services.json');
  await writeFile(path, text);
  return readServiceSettings(path);
}

it('tells nothing without a file', async () => {
  expect(await readServiceSettings(undefined)).toEqual({});
});

it('reads what each service is told', async () => {
  const settings = { recommendation: { keepOwned: true }, segmentation: { clusters: 5, spend: 'average' } };
  expect(await read(JSON.stringify(settings))).toEqual(settings);
});

it.each([
  ['{', 'it is no JSON file that can be read.'],
  ['[]', 'it must hold one object'],
  ['{"recomendation": {}}', 'Did you mean "recommendation"?'],
  ['{"forecasting": {}}', 'there is of recommendation and segmentation'],
  ['{"constructor": {}}', 'there is nothing to set of "constructor"'],
  ['{"segmentation": {"clusters": "many"}}', 'The setting clusters of segmentation must be'],
  ['{"recommendation": {"keepOwnd": true}}', 'Did you mean "keepOwned"?'],
])('refuses %s', async (text, sentence) => {
  const refusal = read(text);
  await expect(refusal).rejects.toMatchObject({ code: 'BAD_INPUT' });
  await expect(refusal).rejects.toThrow(sentence);
});

it('refuses a file that is not there', async () => {
  const refusal = readServiceSettings(join(folder, 'none.json'));
  await expect(refusal).rejects.toThrow(/none\.json: it is no JSON file/);
});
