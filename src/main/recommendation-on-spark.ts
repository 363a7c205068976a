// What the thread of a training starts with where Spark factorises for the recommender.

import { workerData } from 'node:worker_threads';
import { z } from 'zod';
import { factoriseOnSpark } from '../engines/spark/als.js';
import { createThreadEntry } from '../services/host/thread.js';
import { trainingData } from '../services/host/thread-messages.js';
import { recommendationWorkshopOn } from '../services/recommendation/workshop.js';

const place = trainingData
  .extend({
    engine: z.object({
      home: z.string(),
      master: z.string(),
      jars: z.array(z.string()),
      environment: z.record(z.string(), z.string()),
    }),
  })
  .parse(workerData);

const workshop = recommendationWorkshopOn(({ database }) => async (parts, terms) => {
  const deps = { database, databaseUrl: place.databaseUrl, spark: place.engine };
  const { products, version, blocks } = await factoriseOnSpark(deps, parts, terms);
  return { products, lineage: { engine: 'spark', version, blocks } };
});

export const { call, train } = createThreadEntry(workshop);
