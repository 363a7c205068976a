// What every resolver can reach: who asks, and the public functions of the rooms behind the API.

import type { Scope } from '../src/core/scope.js';
import type { Collector } from '../src/events/collect.js';
import type { Reports } from '../src/metrics/reports.js';
import type { Database } from '../src/warehouse/database.js';
import type { Reader } from '../src/warehouse/read/reader.js';

export interface ReadLimits {
  /** The most rows that one list gives at once. */
  readonly pageRows: number;
  /** The most rows that one request may touch. */
  readonly costRows: number;
}

export interface GatewayContext {
  readonly scope: Scope;
  readonly requestId: string;
  readonly prisma: Database['prisma'];
  readonly reader: Reader;
  readonly reports: Reports;
  /** Where events are handed over. */
  readonly collector: Collector;
  readonly limits: ReadLimits;
  /** Registers what stops work that nobody waits for any more. */
  readonly onAbandon: (callback: () => void) => void;
}
