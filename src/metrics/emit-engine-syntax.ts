// What the dialects of Spark and Flink do not have in common, and the few words that both write alike.

import { FlywheelError } from '../core/errors.js';
import type { Column, Model } from '../warehouse/catalogue.js';
import type { CalendarGrain, Zone } from './grain.js';

/** The parts of SQL in which the engines differ. All of them take and give SQL text. */
export interface EngineSyntax {
  readonly name: 'spark' | 'flink';
  readonly title: string;
  readonly settings: Readonly<Record<string, string>>;
  /** The type of an instant. */
  readonly instantType: string;
  text(value: string): string;
  instantLiteral(at: Date): string;
  /** A column that holds UTC without saying so, as an instant. */
  instantOfUtc(ref: string): string;
  /** The local time of an instant, in the form that the functions below take it. */
  localOf(instant: string, zone: Zone): string;
  /** A condition that fails the query where the engine would take an unknown zone for another; null where it need not. */
  zoneCheck(zone: Zone): string | null;
  /** The day on which a period of the grain begins that a local time lies in. */
  periodDay(grain: CalendarGrain, local: string): string;
  /** The first instant of a day in the zone. */
  dayStart(day: string, zone: Zone): string;
  /** The instant cut to whole seconds, minutes or hours of UTC. */
  truncated(grain: 'SECOND' | 'MINUTE' | 'HOUR', instant: string): string;
  /** How many whole seconds of its hour a local time has behind it. */
  secondOfHour(local: string): string;
  /** 1 (Monday) to 7. */
  weekdayOf(local: string): string;
  hourOf(local: string): string;
  /** The number of distinct members of several columns, none of them null. */
  distinctOf(refs: readonly string[]): string;
  /** Whether a decimal that outgrows its type fails the query of itself. */
  readonly overflowFails: boolean;
}

/** The digits of the largest decimals of both engines. */
export const digitsMax = 38;

export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function decimalType(scale: number): string {
  return `DECIMAL(${digitsMax}, ${scale})`;
}

/** The answer to what the engine cannot say. */
export function refuseFor({ title }: EngineSyntax, cannot: string, instead: string): never {
  throw new FlywheelError('BAD_INPUT', `${title} cannot ${cannot}; ${instead}.`);
}

/** Precision and scale of a number that is held exactly; undefined for every other column. */
export function numberOf({
  type,
  nativeType,
  nativeArgs,
}: Column): { digits: number; scale: number } | undefined {
  if (type === 'Int') return { digits: 10, scale: 0 };
  if (type === 'BigInt') return { digits: 19, scale: 0 };
  if (type !== 'Decimal') return undefined;
  // What Prisma makes of a Decimal that says nothing.
  const [digits = '65', scale = '30'] = nativeType === 'Decimal' ? (nativeArgs ?? []) : [];
  return { digits: Number(digits), scale: Number(scale) };
}

/** The type of the engine's table for a column. */
export function columnTypeOf(syntax: EngineSyntax, model: Model, column: Column): string {
  switch (column.type) {
    case 'String':
    case 'Enum':
      return 'STRING';
    case 'Int':
      return 'INT';
    case 'BigInt':
      return 'BIGINT';
    case 'Boolean':
      return 'BOOLEAN';
    case 'DateTime':
      if (column.nativeType === 'Date') return 'DATE';
      return column.nativeType === 'Timestamptz' ? syntax.instantType : 'TIMESTAMP';
    case 'Decimal': {
      const { digits = 0, scale = 0 } = numberOf(column) ?? {};
      if (digits <= digitsMax) return `DECIMAL(${digits}, ${scale})`;
      return refuseFor(
        syntax,
        `hold ${model.name}.${column.name}, whose numbers have up to ${digits} digits, where its own have ${digitsMax}`,
        'declare fewer digits in the schema',
      );
    }
    default:
      return refuseFor(
        syntax,
        `hold ${model.name}.${column.name}, which is of the type ${column.type}`,
        'leave it out',
      );
  }
}
