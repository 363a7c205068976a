// What Java says of a fault: the cause at the bottom of a trace, and a class before what it says.

/** What the last `Caused by` of a trace says that says anything; undefined where there is none. */
export function lastCausedBy(trace: string): string | undefined {
  return [...trace.matchAll(/^\s*Caused by: (.*)$/gm)]
    .map(([, told = '']) => told.trim())
    .findLast((told) => told !== '');
}

const classAndMessage = /^(?:[a-z][\w$]*\.)+([A-Z][\w$]*)(?:: ?(.*))?$/;

interface JavaFault {
  /** The name of the class without its package, such as SqlValidatorException; empty where none is told. */
  readonly kind: string;
  /** What it says; the name of the class where it says nothing. */
  readonly said: string;
}

/** A line of Java about a fault, taken apart. */
export function javaFaultOf(line: string): JavaFault {
  const [, kind = '', message = ''] = classAndMessage.exec(line) ?? [];
  return kind === '' ? { kind, said: line } : { kind, said: message.trim() || kind };
}
