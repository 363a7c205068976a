// The commands of `npm run flywheel -- …`; each one's file adds it.

import { Command } from 'commander';
import { registerBatch } from './batch.js';
import { registerDeadLetters } from './dead-letters.js';
import { registerDrawLift } from './draw-lift.js';
import { registerEngines } from './engines.js';
import { registerEvaluate } from './evaluate/evaluate.js';
import { registerKafka } from './kafka.js';
import { registerLearn } from './learn.js';
import { registerLoad } from './load.js';
import { registerMigrations } from './migrations.js';
import { registerPositions } from './positions.js';
import { registerPrintOpenApi } from './print-openapi.js';
import { registerPrintSchema } from './print-schema.js';
import { registerReplay } from './replay.js';
import { reportFailure } from './sentence.js';
import { registerServe } from './serve.js';
import { registerSimulate } from './simulate.js';
import { registerStart } from './start.js';
import { registerTrain } from './train.js';

const program = new Command('flywheel')
  .description('One GraphQL API over a warehouse, its event streams and its models.')
  .showHelpAfterError('(--help shows what is possible)');
registerStart(program);
registerServe(program);
registerLoad(program);
registerSimulate(program);
registerDrawLift(program);
registerKafka(program);
registerEngines(program);
registerPositions(program);
registerDeadLetters(program);
registerReplay(program);
registerTrain(program);
registerBatch(program);
registerLearn(program);
registerEvaluate(program);
registerPrintSchema(program);
registerPrintOpenApi(program);
registerMigrations(program);

try {
  await program.parseAsync();
} catch (error) {
  reportFailure(error);
}
