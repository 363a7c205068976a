// Loaded into a gateway with --import: writes down which of its threads belongs to which service, for Node names none.
import { appendFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread, workerData } from 'node:worker_threads';

const file = process.env.BENCH_THREADS_FILE;
const [, service] = /^flywheel (\w+) /.exec(workerData?.channel ?? '') ?? [];
const isTold = !isMainThread && file !== undefined && service !== undefined;
if (isTold) appendFileSync(file, `${basename(readlinkSync('/proc/thread-self'))} ${service}\n`);
