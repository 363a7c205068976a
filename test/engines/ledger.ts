// One line for each check, and the count of them at the end.

const redrawEveryMs = 1_000;

export interface Ledger {
  /** Shows at a terminal what is being checked, until the next line. */
  begin(title: string): void;
  passed(title: string, durationMs: number): void;
  /** `why` stands beneath, indented. */
  failed(title: string, durationMs: number, why: string): void;
  skipped(title: string): void;
  /** Runs a check that passes when `work` resolves. Whether it passed. */
  check(title: string, work: () => Promise<unknown>): Promise<boolean>;
  /** Prints `N passed, N failed`; whether nothing failed. */
  close(): boolean;
}

export function openLedger(stream: NodeJS.WriteStream = process.stdout): Ledger {
  const count = { passed: 0, failed: 0, skipped: 0 };
  let ticking: NodeJS.Timeout | undefined;

  function wipe(): void {
    clearInterval(ticking);
    if (stream.isTTY) stream.write('\r\u001b[K');
  }

  function write(mark: string, title: string, durationMs?: number): void {
    wipe();
    const seconds =
      durationMs === undefined ? '' : `  ${(durationMs / 1_000).toFixed(durationMs < 10_000 ? 1 : 0)} s`;
    stream.write(`${mark.padEnd(5)} ${title}${seconds}\n`);
  }

  const ledger: Ledger = {
    begin(title) {
      if (!stream.isTTY) return;
      wipe();
      const beganMs = performance.now();
      const draw = () => {
        const seconds = Math.round((performance.now() - beganMs) / 1_000);
        stream.write(`\r\u001b[K${`...   ${title}  ${seconds} s`.slice(0, stream.columns)}`);
      };
      draw();
      ticking = setInterval(draw, redrawEveryMs);
    },
    passed(title, durationMs) {
      count.passed += 1;
      write('ok', title, durationMs);
    },
    failed(title, durationMs, why) {
      count.failed += 1;
      write('FAIL', title, durationMs);
      stream.write(`${why.trim().replaceAll(/^/gm, '      ')}\n`);
    },
    skipped(title) {
      count.skipped += 1;
      write('skip', title);
    },
    async check(title, work) {
      ledger.begin(title);
      const beganMs = performance.now();
      const outcome = await work().then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      const durationMs = performance.now() - beganMs;
      if (outcome === undefined) ledger.passed(title, durationMs);
      else ledger.failed(title, durationMs, sentenceOf(outcome.error));
      return outcome === undefined;
    },
    close() {
      wipe();
      const skipped = count.skipped === 0 ? '' : `, ${count.skipped} skipped`;
      stream.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
      return count.failed === 0;
    },
  };
  return ledger;
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
