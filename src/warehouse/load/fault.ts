// What is wrong with one value or one row of a file: a value, not an exception, because bad rows are expected.

/** The reason why a row is left out: which field, and a phrase that a person can act on. */
export class Fault {
  constructor(
    readonly field: string,
    readonly reason: string,
  ) {}

  toString(): string {
    return `${this.field}: ${this.reason}`;
  }
}

/** The text shown in quotation marks, cut to a length that fits on a line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
