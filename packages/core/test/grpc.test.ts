import { jsonResponse } from '@pai/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeGrpcMessage, expectsGrpc, grpcStatusOf, isGrpc, readGrpcStatus } from '../src/grpc.ts';
import { answered, attach, forwarded } from './boxes.ts';

describe('what is gRPC', () => {
  test.each([
    ['application/grpc', true],
    ['application/grpc+proto', true],
    ['Application/GRPC; charset=utf-8', true],
    ['application/grpc+json ;x=y', true],
    ['application/grpc-web', false],
    ['application/grpc-web+proto', false],
    ['application/grpcish', false],
    ['application/json', false],
    ['application/grpc +proto', false],
    ['text/plain; application/grpc', false],
  ])('%s: %s', (type, expected) => {
    expect(isGrpc(['Content-Type', type])).toBe(expected);
    expect(expectsGrpc({ protocol: 'h2', headers: ['content-type', type] })).toBe(expected);
    expect(expectsGrpc({ protocol: 'h1', headers: ['content-type', type] })).toBe(false);
  });

  test.each([
    ['0', 0],
    ['16', 16],
    ['', undefined],
    ['-1', undefined],
    ['1e1', undefined],
    ['4 ', undefined],
  ])('the status %j is read as %s', (text, expected) => {
    expect(readGrpcStatus(['grpc-status', text])).toBe(expected);
  });
});

describe('a message', () => {
  test('comes back as it was, and is visible ASCII on the way', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (message) => {
        const encoded = encodeGrpcMessage(message);
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeURIComponent(encoded)).toBe(message);
      }),
    );
  });

  test('keeps what needs no escape', () => {
    expect(encodeGrpcMessage('boxes: 50 % is “no”\n')).toBe('boxes: 50 %25 is %E2%80%9Cno%E2%80%9D%0A');
  });
});

describe("Pai's own answer to a gRPC call", () => {
  const call = { method: 'POST', protocol: 'h2', headers: ['content-type', 'application/grpc'] } as const;

  test('is a status and a sentence for a denial', async () => {
    const { response, event } = await answered(call);
    expect(response).toMatchObject({ status: 200, body: '' });
    expect(response.headers).toEqual([
      ...['content-type', 'application/grpc', 'grpc-status', '7'],
      ...['grpc-message', 'boxes: write is not allowed'],
      ...['x-pai-decision', 'deny', 'x-pai-rule', 'policy.allow', 'x-pai-request-id', event.request_id],
    ]);
  });

  test('is a status and a sentence for a refusal', async () => {
    const { response } = await answered({ ...call, url: 'https://elsewhere.example/x' });
    expect(response.headers).toContain('grpc-message');
    expect(readGrpcStatus(response.headers)).toBe(grpcStatusOf('misdirected_request'));
  });

  test('gives way to the shape of the service for a denial, and for no refusal', async () => {
    const deny = () => jsonResponse(403, { message: 'no' });
    const { response } = await answered(call, attach({ powers: { deny } }));
    expect(response.status).toBe(403);
    const refused = await answered({ ...call, url: 'https://boxes.example//' }, attach({ powers: { deny } }));
    expect(readGrpcStatus(refused.response.headers)).toBe(grpcStatusOf('malformed_request'));
  });

  test('is an ordinary one over HTTP/1.1, where no gRPC client would read it', async () => {
    expect((await answered({ ...call, protocol: 'h1' })).response.status).toBe(403);
  });

  test('never is given to a call that is allowed', async () => {
    expect((await forwarded({ ...call, method: 'GET' })).request.headers).toContain('application/grpc');
  });
});
