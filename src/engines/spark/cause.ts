// What went wrong in a Java program, in one sentence, from what it wrote.

/** The package and class that Java puts before a message. */
const className = /^(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:: ?|$)/;

/**
 * The innermost cause that a Java program wrote to its error output, without the name of its class: the last `Caused by`,
 * or where there is none the last line that names an error. Null when nothing like it stands there.
 */
export function lastCause(written: string): string | null {
  const lines = written.split('\n').map((line) => line.trim());
  const caused = lines.findLast((line) => line.startsWith('Caused by: '));
  const named = caused ?? lines.findLast((line) => isNamed(line));
  if (named === undefined) return null;
  const said = named
    .replace(/^Caused by: /, '')
    .replace(/^(?:Error in query: |Exception in thread "[^"]*" |Error: )/, '')
    .replace(className, '')
    .trim();
  return said === '' ? null : sentence(said);
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

function isNamed(line: string): boolean {
  return (
    /^\[[A-Z][A-Z0-9_.]+\]/.test(line) ||
    /^(?:Error in query|Error|Exception in thread "[^"]*"):? /.test(line) ||
    (className.test(line) && /(?:Exception|Error)(?::|$)/.test(line))
  );
}
