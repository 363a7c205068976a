// Which addresses are of the open internet, so that a webhook cannot be pointed at what only this machine reaches.

import { BlockList, isIP, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Networks of version 4 that are not of the open internet. https://www.iana.org/assignments/iana-ipv4-special-registry */
const closed4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Many at once, reserved, and everybody.
  ['224.0.0.0', 3],
] as const;

/** Of version 6 within 2000::/3. https://www.iana.org/assignments/iana-ipv6-special-registry */
const closed6 = [
  // Teredo and others of its kind.
  ['2001::', 23],
  ['2001:db8::', 32],
  // An address of version 4 follows, of any kind.
  ['2002::', 16],
  ['3fff::', 20],
] as const;

/** Networks of version 6 whose last 32 bits are an address of version 4, and lead to it. */
const bearing4 = ['::ffff:', '64:ff9b::'] as const;

const open6 = new BlockList();
open6.addSubnet('2000::', 3, 'ipv6');
for (const prefix of bearing4) open6.addSubnet(`${prefix}0.0.0.0`, 96, 'ipv6');

const closed = new BlockList();
for (const [network, bits] of closed4) addNetwork4(closed, network, bits);
for (const [network, bits] of closed6) closed.addSubnet(network, bits, 'ipv6');

function addNetwork4(list: BlockList, network: string, bits: number): void {
  list.addSubnet(network, bits, 'ipv4');
  for (const prefix of bearing4) list.addSubnet(`${prefix}${network}`, 96 + bits, 'ipv6');
}

/** Whether an IP address is one of the open internet and not of this machine. False for what is no address. */
export function isPublicAddress(text: string): boolean {
  const [address = ''] = text.split('%');
  const version = isIP(address);
  if (version === 0) return false;
  if (version === 6 && !open6.check(address, 'ipv6')) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  return !closed.check(address, family) && !ownAddresses().check(address, family);
}

/** Asked for each time: a machine may get another one while the program runs. */
function ownAddresses(): BlockList {
  const list = new BlockList();
  for (const { address } of Object.values(networkInterfaces()).flatMap((all) => all ?? [])) {
    if (isIPv4(address)) addNetwork4(list, address, 32);
    else list.addAddress(address.split('%')[0] ?? address, 'ipv6');
  }
  return list;
}
