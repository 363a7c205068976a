// The one log: JSON lines on stderr for machines, plain lines for a person at a terminal, secrets in neither.

import { type DestinationStream, destination, type Logger, pino } from 'pino';

/** What every room logs through; facts first, then the sentence: `log.warn({ requestId, error }, '…')`. */
export type Log = Pick<
  Logger,
  'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'isLevelEnabled' | 'flush'
> & {
  child(facts: Record<string, unknown>): Log;
};

export interface LogOptions {
  readonly level: string;
  /** Where finished lines go; stderr unless given. */
  readonly stream?: DestinationStream;
  /** Plain lines instead of JSON; by default when stderr is a terminal. */
  readonly plain?: boolean;
}

/** A log whose every line has passed `redact`; lines are written at once, so that none is lost in a crash. */
export function createLog({ level, stream, plain = process.stderr.isTTY === true }: LogOptions): Log {
  const sink = stream ?? destination({ fd: 2, sync: true });
  const write = (line: string) => {
    const safe = redact(line);
    sink.write(plain ? plainLine(safe) : safe);
  };
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause },
      redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    },
    { write },
  );
}

const secretFields = ['authorization', '["x-api-key"]', 'apiKey', 'password', 'secret', 'token'];

/** Blots out the password of every connection string, `password=` parameters and bearer keys, in any text. */
export function redact(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/"\\]*):(?:\\.|[^\s"\\])*@/gi, '$1:***@')
    .replace(/\b(password=)(?:'(?:\\.|[^'\\])*'|[^\s&"'\\]+)/gi, '$1***')
    .replace(/\b(Bearer\s+)[^\s"\\]+/gi, '$1***');
}

/** `20:04:55 WARN  the sentence  fact=value`, then the stack of an error, if there is one, indented. */
function plainLine(json: string): string {
  const { time, level, pid: _pid, msg = '', error, ...facts } = JSON.parse(json);
  const stack = typeof error?.stack === 'string' ? `\n${error.stack}`.replaceAll('\n', '\n    ') : '';
  const rest = Object.entries(facts).map(
    ([name, value]) => `  ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${String(time).slice(11, 19)} ${String(level).toUpperCase().padEnd(5)} ${msg}${rest.join('')}${stack}\n`;
}
