// What is fetched once arrives whole or not at all, whoever wants it at the same time and whoever died before.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { arriveOnce } from '../../../src/cli/engines/arrival.js';

let folder: string;
let place: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-arrival-`));
  place = join(folder, 'engine');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function make(draft: string): Promise<string> {
  await writeFile(join(draft, 'scratch'), 'not wanted');
  await mkdir(join(draft, 'made'));
  await writeFile(join(draft, 'made', 'file'), 'whole');
  return join(draft, 'made');
}

it('is made by one of those that want it at the same time', async () => {
  let times = 0;
  const want = () =>
    arriveOnce({
      place,
      async make(draft) {
        times += 1;
        return make(draft);
      },
    });
  expect(await Promise.all([want(), want(), want()])).toEqual([place, place, place]);
  expect(await want()).toBe(place);
  expect(times).toBe(1);
  expect(await readFile(join(place, 'file'), 'utf8')).toBe('whole');
  expect(await readdir(folder)).toEqual(['engine']);
});

it('leaves nothing of an attempt that failed, and is made by the next', async () => {
  const failing = arriveOnce({
    place,
    async make(draft) {
      await make(draft);
      throw new Error('The line was cut.');
    },
  });
  await expect(failing).rejects.toThrow('The line was cut.');
  expect(await readdir(folder)).toEqual([]);
  expect(await arriveOnce({ place, make })).toBe(place);
});

it('is made anew where a process died while it made it, and what that left is cleared', async () => {
  await writeFile(`${place}.lock`, '');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(`${place}.lock`, longAgo, longAgo);
  await mkdir(`${place}.draft-dead`);
  await writeFile(join(`${place}.draft-dead`, 'half'), '');
  await arriveOnce({ place, make });
  expect(await readdir(folder)).toEqual(['engine']);
});

it('is waited for while another makes it, until the wait is interrupted', async () => {
  await writeFile(`${place}.lock`, '');
  const interruption = new AbortController();
  let isMade = false;
  const waiting = arriveOnce({
    place,
    async make(draft) {
      isMade = true;
      return make(draft);
    },
    signal: interruption.signal,
  });
  interruption.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(isMade).toBe(false);
  expect(existsSync(`${place}.lock`)).toBe(true);
});

it('says where nothing can be kept', async () => {
  await writeFile(place, 'no folder');
  const beneath = arriveOnce({ place: join(place, 'engine'), make });
  await expect(beneath).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining(place),
  });
});
