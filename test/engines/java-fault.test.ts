// What went wrong in Flink and Spark, from the traces that they tell.

import { describe, expect, it } from 'vitest';
import { causeOf } from '../../src/engines/flink/cause.js';
import { lastCause, lastWords } from '../../src/engines/spark/cause.js';

const trace = (...lines: readonly string[]) => lines.join('\n');

describe('the cause that Flink tells', () => {
  it('is the last of a trace, with the kind of its class', () => {
    const told = trace(
      '<Exception on server side:',
      'org.apache.flink.table.gateway.service.utils.SqlExecutionException: Failed to execute.',
      '\tat org.apache.flink.Some.run(Some.java:1)',
      "Caused by: org.apache.calcite.sql.validate.SqlValidatorException: Object 'none'   not found",
      '\tat java.base/java.lang.Thread.run(Thread.java:1)',
    );
    expect(causeOf(told)).toEqual({ kind: 'SqlValidatorException', line: "Object 'none' not found" });
  });

  it('is the first line that says something where there is no trace', () => {
    expect(causeOf('Internal server error.\norg.apache.flink.util.FlinkException\n')).toEqual({
      kind: 'FlinkException',
      line: 'FlinkException',
    });
    expect(causeOf('No slots: none left')).toEqual({ kind: '', line: 'No slots: none left' });
    expect(causeOf('')).toEqual({ kind: '', line: '' });
    expect(causeOf('a'.repeat(400)).line).toHaveLength(301);
  });
});

describe('the cause that Spark tells', () => {
  it('is the class where its message is empty, and the last line that names an error where nothing caused it', () => {
    expect(
      lastCause(
        'java.lang.RuntimeException: outer\nCaused by: java.lang.StackOverflowError\n\tat a.B.c(B.java)',
      ),
    ).toBe('StackOverflowError.');
    expect(lastCause('Exception in thread "main" java.lang.OutOfMemoryError: Java heap space')).toBe(
      'Java heap space.',
    );
    expect(lastCause('Error: Could not create the Java Virtual Machine.')).toBe(
      'Could not create the Java Virtual Machine.',
    );
    expect(lastCause('26/11/28 03:00:00 WARN NativeCodeLoader: nothing')).toBeNull();
  });

  it('is what its scripts complain of where no Java has run', () => {
    expect(lastWords('26/11/28 03:00:00 WARN Utils: something\n')).toBeNull();
    expect(lastWords('Failed to find Spark jars directory (/x/jars).\n')).toBe(
      'Failed to find Spark jars directory (/x/jars).',
    );
    expect(lastWords('JAVA_HOME is not set\nand so on')).toMatch(
      /^JAVA_HOME is not set\. Spark runs on Java/,
    );
  });
});
