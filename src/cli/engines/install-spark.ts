// Apache Spark with PostgreSQL's JDBC driver, fetched once from the registries of Python and Maven.

import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { arriveOnce } from './arrival.js';
import { sayingGrowth } from './growth.js';
import type { EngineInstall } from './install-flink.js';
import { findJava, type JavaEngine } from './java.js';
import { fetchByMaven } from './maven.js';
import { fetchByPip } from './pip.js';

const sparkVersion = '4.1.4';
const driverVersion = '42.7.8';

const sparkEngine: JavaEngine = { engine: 'Spark' };

export interface SparkPlace {
  /** SPARK_HOME. */
  readonly home: string;
  /** The jars of SPARK_JARS: PostgreSQL's JDBC driver. */
  readonly jars: readonly string[];
}

/** Resolves to where Spark is, about 500 MB. Rejects with UNAVAILABLE and a sentence when it cannot be had. */
export async function installSpark({ folder, progress, signal }: EngineInstall): Promise<SparkPlace> {
  await findJava(sparkEngine);
  const driver = `postgresql-${driverVersion}.jar`;
  const place = await progress.step('Fetching Spark', (say) =>
    arriveOnce({
      place: join(folder, `spark-${sparkVersion}-postgresql-${driverVersion}`),
      make: (draft) =>
        sayingGrowth(draft, say, async () => {
          const jars = await fetchByMaven({
            wanted: sparkEngine,
            jars: [{ group: 'org.postgresql', artifact: 'postgresql', version: driverVersion }],
            withTheirNeeds: false,
            draft,
            signal,
          });
          const packages = await fetchByPip({
            engine: 'Spark',
            packages: [`pyspark==${sparkVersion}`],
            draft,
            signal,
          });
          await rename(join(jars, driver), join(packages, driver));
          return packages;
        }),
      signal,
    }),
  );
  return { home: join(place, 'pyspark'), jars: [join(place, driver)] };
}
