// Holds that a visitor with a browser sees numbers move: GraphiQL's live tab, pressed by hand, without a key and with one.

import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium.js';
import { startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';

const apiKey = 'a key that nobody guesses';
const keys = `browser:writer:${createHash('sha256').update(apiKey).digest('hex')}`;

/** Somebody clicks, ten times a second, until the signal is aborted. */
async function keepClicking(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const response = await fetch(`${url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ event: 'click', user_id: 'browser', item_id: '101' }),
    });
    expect(response.status).toBeLessThan(300);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What stands in the pane of results, which writes its spaces as such that do not break. */
async function result(page: Page): Promise<string> {
  const text = await page.locator('.graphiql-response').textContent();
  return (text ?? '').replaceAll('\u00a0', ' ');
}

/** Waits until the document of a tab stands in the editor: before that, the page is not ready for the next press. */
async function showing(page: Page, document: string): Promise<void> {
  await page.locator('.graphiql-query-editor .view-lines', { hasText: document }).waitFor({ timeout: 0 });
}

/** Presses play on the tab, and resolves to the different values that were seen until there were three. */
async function watch(page: Page, tab: string): Promise<string[]> {
  await page.locator('.graphiql-tab-button', { hasText: tab }).click();
  await showing(page, tab);
  const play = page.locator('.graphiql-execute-button');
  await play.click();
  const seen = new Set<string>();
  const untilMs = performance.now() + 45_000;
  while (seen.size < 3) {
    const text = await result(page);
    if (performance.now() > untilMs) throw new Error(`No three values came; the page shows: ${text}`);
    const value = /"value":\s*"?([\d.]+)"?,\s*"final"/.exec(text)?.[1];
    if (value !== undefined) seen.add(value);
    await page.waitForTimeout(50);
    // For a moment after a change of tabs, GraphiQL still looks for the operation of the tab before. The next press
    // waits until the one before can be seen: while that is under way, the same button stops it.
    if (text.includes('Cannot infer operation')) {
      await page.waitForTimeout(1_000);
      if ((await result(page)) === text) await play.click();
    }
  }
  await play.click();
  return [...seen];
}

describeWithChromium('GraphiQL in a browser', (open) => {
  let database: TestDatabase;
  let browser: Browser;
  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    browser = await open();
  });
  afterAll(async () => {
    await browser?.close();
    await database?.close();
  });

  /** Opens the page while events come in; hands over what the browser complained of as well. */
  async function visit(
    settings: Record<string, string>,
    headers: Record<string, string>,
    look: (page: Page, complaints: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const gateway = await startGateway(database, settings, ['gateway', 'pipeline']);
    const end = new AbortController();
    const clicking = keepClicking(gateway.url, headers, end.signal);
    const page = await browser.newPage({ viewport: { width: 1_400, height: 900 } });
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    try {
      await page.goto(`${gateway.url}/graphql`);
      await showing(page, 'RevenueByMonth');
      await Promise.race([look(page, complaints), clicking]);
    } finally {
      end.abort();
      await Promise.allSettled([clicking, page.close()]);
      await gateway.close();
    }
  }

  it('shows a count that moves', { timeout: 90_000 }, async () => {
    await visit({}, {}, async (page, complaints) => {
      expect((await watch(page, 'LiveEvents')).length).toBe(3);
      expect(complaints).toEqual([]);
    });
  });

  it('sends the key that was typed into the headers with the subscription, too', {
    timeout: 90_000,
  }, async () => {
    const headers = { authorization: `Bearer ${apiKey}` };
    await visit({ FLYWHEEL_API_KEYS: keys }, headers, async (page) => {
      await page.getByRole('button', { name: 'Headers' }).click();
      await page.locator('.graphiql-editor-tool .monaco-editor:visible').click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(JSON.stringify(headers));
      // The first question takes the key along; from then on the other tabs have it as well.
      await page.locator('.graphiql-execute-button').click();
      while (!(await result(page)).includes('rows')) await page.waitForTimeout(50);
      expect((await watch(page, 'LiveEvents')).length).toBe(3);
    });
  });
});
