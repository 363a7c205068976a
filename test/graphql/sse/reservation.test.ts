// What waits for streams that are still to be opened is bounded over all reservations.

import { expect, it } from 'vitest';
import { EarlyRoom, Reservation } from '../../../graphql/sse/reservation.js';

it('gives up a reservation that nobody opens, and has room for others then', () => {
  const room = new EarlyRoom(100);
  const reserve = () => {
    const ended: string[] = [];
    const reservation: Reservation = new Reservation('board', 0, room, () => reservation.end());
    reservation.operations.set('one', { running: undefined, abandon: () => ended.push('one') });
    return { reservation, ended };
  };
  const [first, second] = [reserve(), reserve()];
  first.reservation.write(Buffer.alloc(60));
  second.reservation.write(Buffer.alloc(40));
  expect([first.ended, second.ended]).toEqual([[], []]);
  first.reservation.write(Buffer.alloc(1));
  expect([first.ended, second.ended]).toEqual([['one'], []]);
  // What comes for it all the same takes no room.
  first.reservation.write(Buffer.alloc(60));
  second.reservation.write(Buffer.alloc(60));
  expect(second.ended).toEqual([]);
  second.reservation.write(Buffer.alloc(1));
  expect(second.ended).toEqual(['one']);
});
