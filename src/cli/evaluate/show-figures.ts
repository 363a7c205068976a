// Shows what an evaluation found: one JSON object, or lines for a person.

/** Figures by their names; lists and objects are shown as JSON. A number that is not finite is null in JSON. */
export type Figures = Readonly<Record<string, unknown>>;

export function showFigures(figures: Figures, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(figures));
    return;
  }
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  for (const [name, value] of Object.entries(figures)) {
    console.log(`${name.padEnd(width)}  ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  }
}
