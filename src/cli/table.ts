// Tables for a terminal: columns side by side, numbers to the right.

const isNumber = (text: string) => /^-?[\d,.]*$/.test(text);

/** The lines of a table, the heads first. */
export function columnsOf(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, place) =>
    Math.max(head.length, ...rows.map((row) => row[place]?.length ?? 0)),
  );
  const toTheRight = heads.map((_, place) => rows.every((row) => isNumber(row[place] ?? '')));
  const lineOf = (cells: readonly string[]) =>
    widths
      .map((width, place) =>
        toTheRight[place] ? (cells[place] ?? '').padStart(width) : (cells[place] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd();
  return [heads, ...rows].map(lineOf);
}
