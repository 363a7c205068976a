// Events as a shop sends them, each following from its number alone: behaviour of 5,000 customers with 500 products.

const types = ['view', 'view', 'view', 'view', 'view', 'click', 'click', 'add_to_cart', 'rating', 'search'];

/** What `fact_event` has of an event but its id. */
export const eventColumns =
  'source, event_id, type, customer_id, product_id, value, text, attributes, occurred_at, arrived_at';

/** A million of them make an hour. @param {number} index */
function event(index) {
  const customer = (index * 7919) % 5_000;
  const at = new Date(Date.UTC(2026, 0, 1) + (index * 3_600_000) / 1_000_000).toISOString();
  return {
    key: String(customer),
    value: `{"id":"e${index}","user_id":${customer},"event":"${types[index % types.length]}","item_id":${(index * 31) % 500},"timestamp":"${at}","session":"s${customer % 97}"}`,
  };
}

/**
 * Appends the events from `from` up to `to`, as fast as the log takes them.
 * @param {any} log @param {string} topic @param {number} from @param {number} to
 */
export async function appendEvents(log, topic, from, to) {
  for (let first = from; first < to; first += 20_000) {
    const flights = [];
    for (let at = first; at < Math.min(to, first + 20_000); at += 1_000) {
      const size = Math.min(1_000, to - at);
      flights.push(
        log.append(
          topic,
          Array.from({ length: size }, (_, place) => event(at + place)),
        ),
      );
    }
    await Promise.all(flights);
  }
}
