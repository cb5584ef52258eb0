import type { AgentRequest } from '@pai/core';
import { readMember } from './json-body.ts';

/** What a request to write a review does, or why that cannot be said. */
export type ReviewReading = 'approves' | 'reviews' | { readonly unresolved: string };

/** Reads whether a review approves, from the `event` of its JSON body. Throws `body_too_large` over 1 MiB. */
export async function readReview(request: AgentRequest): Promise<ReviewReading> {
  const reading = await readMember(request, 'event');
  if ('unresolved' in reading) return reading;
  const { value } = reading;
  if (value === undefined || value === null) return 'reviews';
  const word = typeof value === 'string' ? value.trim().toUpperCase() : undefined;
  if (word === 'APPROVE') return 'approves';
  return word !== undefined && otherEvents.has(word)
    ? 'reviews'
    : { unresolved: 'the event of the review is none that GitHub documents' };
}

/** https://docs.github.com/rest/pulls/reviews; an empty event leaves the review pending. */
const otherEvents: ReadonlySet<string> = new Set(['', 'COMMENT', 'REQUEST_CHANGES', 'PENDING']);
