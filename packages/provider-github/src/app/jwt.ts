import { type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';

const signAsync = promisify(sign);

/** Seconds before now that a JWT says it was made, for clocks that differ; and that it lasts, of the 600 GitHub takes. */
const backdating = 60;
const life = 540;

/**
 * The JWT by which an app proves that it is itself: RS256 (RFC 7518, 3.3), signed off the event loop. Claims as
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 * asks for. `now` is in milliseconds since the epoch.
 */
export async function createAppJwt(appId: number, key: KeyObject, now: number): Promise<string> {
  const seconds = Math.floor(now / 1_000);
  const claims = { iat: seconds - backdating, exp: seconds + life, iss: String(appId) };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  const signature = await signAsync('sha256', Buffer.from(signed), key);
  return `${signed}.${signature.toString('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
