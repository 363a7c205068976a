// A real browser for tests: the Chromium or Chrome of this machine, without a window.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of the browser; undefined where there is none. */
function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** A suite that needs a browser, of which one is opened by `open`. Without one it is skipped and the reason printed. */
export function describeWithChromium(title: string, suite: (open: () => Promise<Browser>) => void): void {
  const executablePath = findChromium();
  // Chromium's own sandbox needs rights that root in a container has not; the pages are ours.
  const open = () => chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
  if (executablePath !== undefined) {
    describe(title, () => suite(open));
    return;
  }
  console.warn(`Skipped "${title}": no Chromium found; it looked in PATH for ${names.join(', ')}.`);
  describe.skip(`${title} (no Chromium found)`, () => suite(open));
}
