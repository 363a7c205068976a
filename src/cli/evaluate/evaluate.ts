// `flywheel evaluate`: how good the models are on data of one's own; each service's file adds its command.

import type { Command } from 'commander';
import { registerEvaluateForecasting } from './forecasting.js';
import { registerEvaluateLearning } from './learning.js';
import { registerEvaluateRecommendation } from './recommendation.js';
import { registerEvaluateSegmentation } from './segmentation.js';

/** Adds the command `evaluate` to the program. */
export function registerEvaluate(program: Command): void {
  const evaluate = program
    .command('evaluate')
    .description('measure a service on your own data; nothing is stored');
  registerEvaluateRecommendation(evaluate);
  registerEvaluateForecasting(evaluate);
  registerEvaluateSegmentation(evaluate);
  registerEvaluateLearning(evaluate);
}
