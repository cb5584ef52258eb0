import { type AuditEvent, openAudit } from '@pai/core';
import { expect, test } from 'vitest';
import { createMetrics } from '../src/metrics.ts';

function eventOf(fields: Partial<AuditEvent>): AuditEvent {
  const facts = {
    id: 'one',
    method: 'GET',
    host: 'api.example.com',
    port: 443,
    path: '/',
    protocol: 'h1',
  } as const;
  return { ...openAudit(facts, 0), provider: 'api', decision: 'allow', ...fields };
}

function requestsOf(metrics: ReturnType<typeof createMetrics>): readonly string[] {
  return metrics
    .render({})
    .split('\n')
    .filter((line) => line.startsWith('pai_requests_total{'));
}

test('an event is counted as what it was, whatever is written to it later', () => {
  const metrics = createMetrics();
  const gone = eventOf({ status: 0, error: 'upstream_unreachable' });
  metrics.observe(gone);
  gone.status = 502;
  metrics.observe(eventOf({ status: 502, error: 'upstream_unreachable' }));
  metrics.observe(eventOf({ status: 502, error: 'upstream_unreachable' }));
  expect(requestsOf(metrics)).toEqual([
    expect.stringMatching(/status="none",error="upstream_unreachable"\} 1$/),
    expect.stringMatching(/status="5xx",error="upstream_unreachable"\} 2$/),
  ]);
});
