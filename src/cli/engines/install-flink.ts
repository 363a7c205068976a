// Apache Flink with its SQL gateway and its connector to Kafka, fetched once from the registries of Python and Maven.

import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../progress.js';
import { arriveOnce } from './arrival.js';
import { sayingGrowth } from './growth.js';
import { findJava, type JavaEngine } from './java.js';
import { fetchByMaven } from './maven.js';
import { fetchByPip } from './pip.js';

const flinkVersion = '2.2.1';
const connectorVersion = '5.0.0-2.2';

export const flinkEngine: JavaEngine = { engine: 'Flink' };

/**
 * The wheels of one Python and platform, whichever are here: what is used of them is Java and shell scripts, which are
 * the same in all of them.
 */
const anyWheel = [
  '--only-binary=:all:',
  '--python-version=3.11',
  '--implementation=cp',
  '--abi=cp311',
  '--platform=manylinux2014_x86_64',
];

export interface EngineInstall {
  /** Where engines are kept; one that is there is used again. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Resolves to FLINK_HOME, about 350 MB. Rejects with UNAVAILABLE and a sentence when it cannot be had. */
export async function installFlink({ folder, progress, signal }: EngineInstall): Promise<string> {
  await findJava(flinkEngine);
  const jar = { group: 'org.apache.flink', version: flinkVersion };
  const place = await progress.step('Fetching Flink', (say) =>
    arriveOnce({
      place: join(folder, `flink-${flinkVersion}-kafka-${connectorVersion}`),
      make: (draft) =>
        sayingGrowth(draft, say, async () => {
          const jars = await fetchByMaven({
            wanted: flinkEngine,
            jars: [
              { ...jar, artifact: 'flink-sql-gateway' },
              { ...jar, artifact: 'flink-sql-connector-kafka', version: connectorVersion },
            ],
            withTheirNeeds: false,
            draft,
            signal,
          });
          const packages = await fetchByPip({
            engine: 'Flink',
            packages: [`apache-flink==${flinkVersion}`, `apache-flink-libraries==${flinkVersion}`],
            options: anyWheel,
            draft,
            signal,
          });
          const gateway = `flink-sql-gateway-${flinkVersion}.jar`;
          const connector = `flink-sql-connector-kafka-${connectorVersion}.jar`;
          await rename(join(jars, gateway), join(packages, 'pyflink', 'opt', gateway));
          await rename(join(jars, connector), join(packages, 'pyflink', 'lib', connector));
          return packages;
        }),
      signal,
    }),
  );
  return join(place, 'pyflink');
}
