// What went wrong in a Java program, in one sentence, from what it wrote.

import { javaFaultOf, lastCausedBy } from '../java-fault.js';

/**
 * The innermost cause that a Java program wrote to its error output, without the name of its class: the last `Caused by`,
 * or where there is none the last line that names an error. Null when nothing like it stands there.
 */
export function lastCause(written: string): string | null {
  const named = lastCausedBy(written) ?? lastNamed(written);
  if (named === undefined) return null;
  const { said } = javaFaultOf(
    named.replace(/^(?:Error in query: |Exception in thread "[^"]*" |Error: )/, '').trim(),
  );
  return said === '' ? null : sentence(said);
}

function lastNamed(written: string): string | undefined {
  return written
    .split('\n')
    .map((line) => line.trim())
    .findLast(
      (line) =>
        /^\[[A-Z][A-Z0-9_.]+\]/.test(line) ||
        /^(?:Error in query|Error|Exception in thread "[^"]*"):? /.test(line) ||
        /(?:Exception|Error)$/.test(javaFaultOf(line).kind),
    );
}

/** A line of a log, or of a trace. */
const ofLog = /^(?:\d\d[/:-]|at |WARN|INFO|WARNING:|Using |Setting default |To adjust )/;

/** What scripts say that start Java: that it is not there, or not where they were told. */
const ofJava = /JAVA_HOME|\bjava: /;

/**
 * What a start script complained of where no Java has run, which is about Java most of the time: the first line about it,
 * or else the last that belongs to no log. Null when it said nothing.
 */
export function lastWords(written: string): string | null {
  const lines = written
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !ofLog.test(line));
  const about = lines.find((line) => ofJava.test(line));
  if (about !== undefined) {
    return `${sentence(about)} Spark runs on Java 17 or newer: install it, or set JAVA_HOME to where it is.`;
  }
  const last = lines.at(-1);
  return last === undefined ? null : sentence(last);
}

function sentence(said: string): string {
  return /[.!?]$/.test(said) ? said : `${said}.`;
}
