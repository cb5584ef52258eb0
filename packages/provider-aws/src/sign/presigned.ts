import { type AgentRequest, PaiError } from '@pai/core';
import { parseTime } from './clock.ts';

/** Seconds a presigned URL may be valid for: seven days. */
const longestLife = 7 * 24 * 3_600;
/** Milliseconds by which the clock that signed may be ahead. */
const tolerance = 15 * 60_000;

/**
 * Throws `request_denied` for a presigned URL (SigV4 and SigV2 query authentication) that is over, not valid yet, or does
 * not say until when it is: it is signed anew, so that AWS does not see its age. `now`: milliseconds since the epoch.
 */
export function refuseExpired({ query }: Pick<AgentRequest, 'query'>, now: number): void {
  if (!/amz|%|signature|awsaccesskeyid/i.test(query)) return;
  const parameters = readParameters(query);
  const one = (name: string) => {
    const values = parameters.get(name) ?? [];
    if (values.length > 1) throw refused(`it has ${name} twice`);
    return values[0];
  };
  if (['x-amz-algorithm', 'x-amz-credential', 'x-amz-signature'].some((name) => parameters.has(name))) {
    const signedAt = parseTime(one('x-amz-date') ?? '');
    const life = readNumber(one('x-amz-expires'));
    if (signedAt === undefined) throw refused('its X-Amz-Date is not a time');
    if (life === undefined || life > longestLife) throw refused('its X-Amz-Expires is not from 0 to 604800');
    if (signedAt > now + tolerance) throw refused('its X-Amz-Date is in the future');
    if (now > signedAt + life * 1_000) throw refused('it has expired');
  }
  if (parameters.has('awsaccesskeyid') || parameters.has('signature')) {
    const end = readNumber(one('expires'));
    if (end === undefined) throw refused('its Expires is not a time');
    if (now > end * 1_000) throw refused('it has expired');
  }
}

/** Values by decoded name in lower case. */
function readParameters(query: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(`&${query}`)) {
    const key = name.toLowerCase();
    const values = found.get(key);
    if (values === undefined) found.set(key, [value]);
    else values.push(value);
  }
  return found;
}

function readNumber(text = ''): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function refused(why: string): PaiError {
  return new PaiError('request_denied', `the presigned URL is refused: ${why}; make a new one`);
}
