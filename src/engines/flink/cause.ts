// Reads what lies at the bottom of a fault that Flink tells as a trace of Java.

import { javaFaultOf, lastCausedBy } from '../java-fault.js';

/** The first line of what went wrong first, without the name of its class; at most 300 characters. */
export interface Cause {
  readonly line: string;
  /** The name of its class without its package, such as SqlValidatorException; empty where none is told. */
  readonly kind: string;
}

const lengthMax = 300;

/** The last `Caused by` of a trace, or its first line that says something where it has none. */
export function causeOf(trace: string): Cause {
  const { kind, said } = javaFaultOf(lastCausedBy(trace) ?? firstLine(trace));
  const line = said.replaceAll(/\s+/g, ' ');
  return { line: line.length > lengthMax ? `${line.slice(0, lengthMax)}…` : line, kind };
}

/** Flink frames a trace by lines of its own, and begins some answers with words that say nothing. */
function firstLine(trace: string): string {
  const lines = trace.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => line !== '' && !/^(<?Exception on server side|Internal server error)/.test(line)) ??
    ''
  );
}
