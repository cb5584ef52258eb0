import { type AgentRequest, getHeaders, PaiError, printable, readDecoded, readForm } from '@pai/core';
import { longestSearched } from './mentions.ts';
import { credentialSlots } from './slots.ts';

/**
 * The request as Google reads it where its content is a form: parameters, as those of the query are, which clients send so when
 * they are long, with `X-HTTP-Method-Override: GET`. Any other request, and an upload, is the same object. Throws
 * `malformed_request` for a form with a credential, and `body_too_large` over 1 MiB.
 */
export async function withFormQuery(request: AgentRequest): Promise<AgentRequest> {
  const { headers, body, path, query } = request;
  const isForm = getHeaders(headers, 'content-type').some((type) => form.test(type));
  if (!isForm || body.length === 0 || upload.test(path)) return request;
  const content = (await readDecoded(request, longestSearched)).toString('latin1');
  const credential = readForm(content).find(([name]) => credentials.has(name.toLowerCase()))?.[0];
  if (credential !== undefined) {
    throw new PaiError(
      'malformed_request',
      `the form has ${printable(credential)}, which is a credential; leave it out`,
    );
  }
  return { ...request, query: [query, content].filter((part) => part !== '').join('&') };
}

const form = /^\s*application\/x-www-form-urlencoded/i;
const upload = /^\/(?:resumable\/)?upload\//;
const credentials: ReadonlySet<string> = new Set(credentialSlots.query?.map((name) => name.toLowerCase()));
