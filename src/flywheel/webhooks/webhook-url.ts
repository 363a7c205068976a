// The address of a webhook, judged when it is registered.

import { FlywheelError } from '../../core/errors.js';
import { ClosedAddress, hostOf, isClosedHost, lookupPublic } from './guarded-lookup.js';

const lengthMax = 2_000;
/** A name that cannot be looked up in time is judged when it is connected to. */
const patienceMs = 3_000;

/**
 * The address as it is stored. Fails with BAD_INPUT for what is no address of the web, bears a user, a password or a
 * fragment or, unless they are allowed, leads to this machine or into a private network.
 */
export async function readWebhookUrl(text: string, isPrivateAllowed: boolean): Promise<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw badUrl('must be like https://shop.example.com/decisions: http or https, and a host');
  }
  if (url.username !== '' || url.password !== '') {
    throw badUrl('must not bear a user or a password; messages are signed, so that none is needed');
  }
  if (url.hash !== '') throw badUrl('must not have a part after "#", which is never sent');
  if (url.href.length > lengthMax) throw badUrl(`may have at most ${lengthMax} characters`);
  if (!isPrivateAllowed && (isClosedHost(url) || (await isClosedName(url)))) {
    throw badUrl(
      'leads to this machine or into a private network; to allow that, set FLYWHEEL_WEBHOOK_PRIVATE=on',
    );
  }
  return url.href;
}

async function isClosedName(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patienceMs);
    lookupPublic(hostOf(url), { all: true }, (error) => {
      clearTimeout(timer);
      resolve(error instanceof ClosedAddress);
    });
  });
}

function badUrl(fault: string): FlywheelError {
  return new FlywheelError('BAD_INPUT', `The address of a webhook ${fault}.`);
}
