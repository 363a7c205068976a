// The media types of the bodies that are read here, as the header Content-Type names them.

/** No two of its parts can take the same spaces: sharing sixteen thousand of them would take a tenth of a second. */
const utf8Only = '[ \\t]*(?:;[ \\t]*(?:charset[ \\t]*=[ \\t]*(?:"utf-?8"|utf-?8)[ \\t]*(?:;[ \\t]*)?)?)?$';
const jsonInUtf8 = new RegExp(`^application/json${utf8Only}`, 'i');
const eventsInUtf8 = new RegExp(
  `^(application/(?:json|x-ndjson|ndjson|jsonl|cloudevents\\+json|cloudevents-batch\\+json))${utf8Only}`,
  'i',
);

/**
 * JSON in UTF-8, and nothing that a form or a script of a foreign page can send without asking first. The plain
 * forms are compared as they are, because nearly every client sends one of them.
 */
export function isJson(contentType: string | undefined): boolean {
  if (contentType === 'application/json' || contentType === 'application/json; charset=utf-8') return true;
  return jsonInUtf8.test(contentType ?? '');
}

export type EventForm = 'json' | 'lines' | 'cloudEvent' | 'cloudEvents';

const eventForms: Readonly<Record<string, EventForm>> = {
  'application/json': 'json',
  'application/x-ndjson': 'lines',
  'application/ndjson': 'lines',
  'application/jsonl': 'lines',
  'application/cloudevents+json': 'cloudEvent',
  'application/cloudevents-batch+json': 'cloudEvents',
};

/** How a body of events is written; undefined for a type that is not read. None of them can be sent by a form either. */
export function eventFormOf(contentType: string | undefined): EventForm | undefined {
  const type = eventsInUtf8.exec(contentType ?? '')?.[1];
  return type === undefined ? undefined : eventForms[type.toLowerCase()];
}
