// Writes what vitest finds into a ledger: a line for each test, and one for each suite that fails outside its tests.

import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import type { Ledger } from './ledger.js';

const shownStackLines = 8;

interface Fault {
  readonly message?: string;
  readonly stack?: string;
}

function explain(faults: readonly Fault[]): string {
  return faults
    .map(({ message, stack }) =>
      (stack ?? message ?? 'No reason was given.').split('\n').slice(0, shownStackLines),
    )
    .map((lines) => lines.join('\n'))
    .join('\n');
}

/** The titles of the suites around it and its own. */
function titleOf(one: TestCase | TestSuite): string {
  const above = one.parent.type === 'suite' ? `${titleOf(one.parent)}: ` : '';
  return `${above}${one.name}`;
}

export function createSuiteLines(ledger: Ledger): Reporter {
  const checkOutside = (title: string, part: TestModule | TestSuite) => {
    const faults = part.errors();
    if (faults.length > 0) ledger.failed(title, 0, explain(faults));
  };
  return {
    onTestModuleQueued: ({ relativeModuleId }) => ledger.begin(relativeModuleId),
    onTestSuiteReady: (suite) => ledger.begin(titleOf(suite)),
    onTestCaseReady: (test) => ledger.begin(titleOf(test)),
    onTestCaseResult(test) {
      const { state, errors } = test.result();
      const durationMs = test.diagnostic()?.duration ?? 0;
      if (state === 'passed') ledger.passed(titleOf(test), durationMs);
      else if (state === 'failed') ledger.failed(titleOf(test), durationMs, explain(errors));
      else ledger.skipped(titleOf(test));
    },
    onTestSuiteResult: (suite) => checkOutside(titleOf(suite), suite),
    onTestModuleEnd: (module) => checkOutside(module.relativeModuleId, module),
    onTestRunEnd(_modules, unhandled) {
      if (unhandled.length > 0) ledger.failed('no error outside the tests', 0, explain(unhandled));
    },
  };
}
