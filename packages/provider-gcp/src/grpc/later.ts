import {
  type AgentRequest,
  type ContentPiece,
  type ContentReader,
  type Resolution,
  toPaiError,
} from '@pai/core';
import type { GcpEndpoint } from '../endpoint.ts';
import { type Call, findCall } from './call.ts';
import type { RpcModel } from './catalogue.ts';
import { createFrames, type Frame } from './frames.ts';
import { decodeMessage, type Message } from './framing.ts';
import { isReadable, laterNeedsOf } from './needs.ts';
import { distinct } from './resolve.ts';

/**
 * What reads the messages of a stream after the first, which `resolveGrpc` has read; undefined for calls of one message,
 * and for streams whose messages name nothing that can be read. What it throws says that the content is no gRPC.
 */
export async function readLater(
  request: AgentRequest,
  endpoint: GcpEndpoint,
): Promise<ContentReader | undefined> {
  const call = await findCall(request, endpoint);
  if ('unresolved' in call) return undefined;
  const { rpc } = call;
  if (rpc === undefined || !rpc.isStream || !isReadable(rpc)) return undefined;
  return (content) => readStream(content, request, rpc, call);
}

async function* readStream(
  content: Parameters<ContentReader>[0],
  request: AgentRequest,
  rpc: RpcModel,
  call: Call,
): AsyncGenerator<ContentPiece> {
  const frames = createFrames();
  let first: Message | undefined;
  const decode = async ({ flag, message = 'too long' }: Frame): Promise<Message> =>
    message === 'too long' ? message : decodeMessage(request, flag, message);
  const pieceOf = async (frame: Frame): Promise<ContentPiece> => {
    const piece = { bytes: [frame.bytes] };
    if (frame.message === undefined) return piece;
    if (first === undefined) {
      first = await decode(frame).catch(() => 'too long' as const);
      return piece;
    }
    const known = first;
    const resolution = await meaningOf(async () => laterNeedsOf(await decode(frame), known, rpc, call));
    return resolution === undefined ? piece : { ...piece, resolution };
  };
  for await (const chunk of content.iterator({ destroyOnReturn: false })) {
    for (const frame of frames.push(chunk)) yield await pieceOf(frame);
  }
  frames.end();
}

async function meaningOf(
  read: () => Promise<ReturnType<typeof laterNeedsOf>>,
): Promise<Resolution | undefined> {
  try {
    const [first, ...others] = distinct(await read());
    return first === undefined ? undefined : { actions: [first, ...others] };
  } catch (thrown) {
    return { unresolved: toPaiError(thrown, 'the message cannot be read').message };
  }
}
