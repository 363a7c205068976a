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
  if (said === '') return null;
  return /[.!?]$/.test(said) ? said : `${said}.`;
}

function isNamed(line: string): boolean {
  return (
    /^\[[A-Z][A-Z0-9_.]+\]/.test(line) ||
    /^(?:Error in query|Error|Exception in thread "[^"]*"):? /.test(line) ||
    (className.test(line) && /(?:Exception|Error)(?::|$)/.test(line))
  );
}
