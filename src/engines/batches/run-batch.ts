// Runs a batch by its request, whoever asks: the terminal or the schedule.

import { FlywheelError } from '../../core/errors.js';
import { type BatchProgress, type BatchResult, withBatchTurn } from '../../warehouse/batches/batch-turn.js';
import type { Batch, BatchDeps } from './batch-contract.js';
import { type BatchRequest, batchRequest, requestFaults } from './batch-options.js';
import { customersBatch } from './customers.js';
import { recomputeDayBatch } from './recompute-day.js';
import { rollupsBatch } from './rollups.js';

export interface BatchCall {
  /** Who runs it, for people: the host and the process. */
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: BatchProgress) => void;
}

/** Reads what a person asked for. Throws BAD_INPUT with a sentence for each fault. */
export function readBatchRequest(asked: unknown): BatchRequest {
  const read = batchRequest.safeParse(asked);
  if (read.success) return read.data;
  throw new FlywheelError('BAD_INPUT', requestFaults(read.error).join('\n'));
}

/** What a run is told, as the table of runs keeps it: the same for the same request. */
export function optionsText({ batch: _batch, engine: _engine, ...options }: BatchRequest): string {
  return JSON.stringify(options);
}

/**
 * Runs a batch to its end. The same batch on the same data again changes nothing. Rejects with BAD_INPUT for what it
 * cannot do, before anything is begun, CONFLICT while it runs elsewhere, CANCELLED when somebody ended it, and
 * UNAVAILABLE with the engine's innermost cause; then nothing has changed.
 */
export async function runBatch(
  deps: BatchDeps,
  request: BatchRequest,
  call: BatchCall,
): Promise<BatchResult> {
  switch (request.batch) {
    case 'customers':
      return runOne(deps, customersBatch, request, call);
    case 'rollups':
      return runOne(deps, rollupsBatch, request, call);
    case 'recompute-day':
      return runOne(deps, recomputeDayBatch, request, call);
  }
}

async function runOne<Options extends BatchRequest>(
  deps: BatchDeps,
  batch: Batch<Options>,
  request: Options,
  call: BatchCall,
): Promise<BatchResult> {
  const { batch: name, engine } = request;
  await batch.check(deps, engine, request);
  return withBatchTurn(deps.database, { ...call, name, engine, options: optionsText(request) }, (run) =>
    batch.run(deps, engine, request, run),
  );
}
