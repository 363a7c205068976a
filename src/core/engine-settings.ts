// The settings of engines that take work over: Flink for the windows of streams, Spark for batches.

import type { z } from 'zod';
import { aPath, aServiceUrl, aStreamName, brokerList, pathList } from './setting-forms.js';
import { setting } from './settings.js';

/** Where Flink is; the pipelines then declare the windows of streams to it instead of computing them. */
export interface FlinkSettings {
  /** The SQL gateway, and the REST address of the job manager. */
  readonly sqlGateway: string;
  readonly rest: string;
  /** The brokers of Kafka as Flink reaches them. */
  readonly brokers: readonly string[];
  /** Absolute path of a JSON file of further properties of its Kafka clients, such as those of SASL. */
  readonly kafkaPropertiesFile: string | undefined;
}

/** Where Spark is, for batches that are asked to run there. */
export interface SparkSettings {
  /** Absolute path of the folder that Spark is installed in. */
  readonly home: string;
  /** Such as spark://host:7077 or local[4]. */
  readonly master: string;
  /** Absolute paths of further jars, such as the JDBC driver of PostgreSQL. */
  readonly jars: readonly string[];
  /** The environment of its programs: ours without our own settings, some of which are secret. */
  readonly environment: Readonly<Record<string, string>>;
}

const aSparkMaster = setting(
  'the address of a Spark master, such as spark://host:7077 or local[4]',
  (text) =>
    /^(spark:\/\/[\w.:,-]+|local(\[(\*|\d{1,3})\])?|yarn|k8s:\/\/[\w.:/-]+)$/.test(text) ? text : undefined,
);

export const engineSettings = {
  FLINK_SQL_GATEWAY: aServiceUrl.optional(),
  FLINK_REST: aServiceUrl.optional(),
  FLINK_KAFKA_BROKERS: brokerList.optional(),
  FLINK_KAFKA_PROPERTIES: aPath.optional(),
  FLYWHEEL_TOPIC_FACTS: aStreamName.default('flywheel.facts'),
  FLYWHEEL_TOPIC_WINDOWS: aStreamName.default('flywheel.windows'),
  SPARK_HOME: aPath.optional(),
  SPARK_MASTER: aSparkMaster.default('local[*]'),
  SPARK_JARS: pathList.default([]),
  FLYWHEEL_BATCHES: aPath.optional(),
};

type Read = z.output<z.ZodObject<typeof engineSettings>>;

/** Undefined: the pipelines compute the windows themselves. */
export function flinkOf(read: Read, brokers: readonly string[] | undefined): FlinkSettings | undefined {
  if (read.FLINK_SQL_GATEWAY === undefined || read.FLINK_REST === undefined || brokers === undefined) {
    return undefined;
  }
  return Object.freeze({
    sqlGateway: read.FLINK_SQL_GATEWAY,
    rest: read.FLINK_REST,
    brokers: Object.freeze(read.FLINK_KAFKA_BROKERS ?? brokers),
    kafkaPropertiesFile: read.FLINK_KAFKA_PROPERTIES,
  });
}

const ofOurs = /^(?:FLYWHEEL_|KAFKA_|FLINK_|PG|DATABASE_URL$|\w+_URL$)/;

/** Undefined: there is no Spark, and batches run in the warehouse. `texts` is the whole environment. */
export function sparkOf(read: Read, texts: Readonly<Record<string, string>>): SparkSettings | undefined {
  if (read.SPARK_HOME === undefined) return undefined;
  return Object.freeze({
    home: read.SPARK_HOME,
    master: read.SPARK_MASTER,
    jars: Object.freeze(read.SPARK_JARS),
    environment: Object.freeze(
      Object.fromEntries(Object.entries(texts).filter(([name]) => !ofOurs.test(name))),
    ),
  });
}

/** Half of an engine would be silently without effect. */
export function engineFaults(texts: Readonly<Record<string, string>>): string[] {
  const has = (name: string) => texts[name] !== undefined;
  const addresses = ['FLINK_SQL_GATEWAY', 'FLINK_REST'];
  const missing = addresses.filter((name) => !has(name));
  const others = ['FLINK_KAFKA_BROKERS', 'FLINK_KAFKA_PROPERTIES'].filter(has);
  if (missing.length === 1 || (missing.length === 2 && others.length > 0)) {
    const given = [...addresses.filter(has), ...others];
    return [`${missing.join(' and ')} must be set too, or do without ${given.join(' and ')}.`];
  }
  if (missing.length === 0 && !has('KAFKA_BROKERS')) {
    return ['FLINK_SQL_GATEWAY is set, and Flink reads from Kafka alone; set KAFKA_BROKERS too.'];
  }
  if (has('SPARK_MASTER') && !has('SPARK_HOME')) {
    return ['SPARK_HOME must be set too: SPARK_MASTER is reached with the programs in it.'];
  }
  return [];
}
