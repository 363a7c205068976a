// One message of a subscription as bytes, rendered once and shared by all who get it, in the forms of each transport.

const envelopeEnd = Buffer.from('}');
const envelopedEventEnd = Buffer.from('}\n\n');

export class HubMessage {
  #enveloped: Buffer | undefined;
  #envelopedEvent: Buffer | undefined;
  #event: Buffer | undefined;

  /** `payload` is the result of the execution as JSON, in one line; `cursor` is where to go on after it. */
  constructor(
    readonly payload: Buffer,
    readonly cursor: string,
  ) {}

  /** What follows `"payload":` in an envelope that names its operation. */
  get enveloped(): Buffer {
    this.#enveloped ??= Buffer.concat([this.payload, envelopeEnd]);
    return this.#enveloped;
  }

  /** The same, where the envelope is the data of a server-sent event. */
  get envelopedEvent(): Buffer {
    this.#envelopedEvent ??= Buffer.concat([this.payload, envelopedEventEnd]);
    return this.#envelopedEvent;
  }

  /** A whole server-sent event; a reader that reconnects says its id, and so goes on after it. */
  get event(): Buffer {
    this.#event ??= Buffer.from(`id: ${this.cursor}\nevent: next\ndata: ${this.payload.toString()}\n\n`);
    return this.#event;
  }
}
