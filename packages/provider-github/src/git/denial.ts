import type { Denial, LocalResponse } from '@pai/core';
import type { CommandReader } from './commands.ts';
import { flushPkt, pktLine } from './pkt-line.ts';
import type { GitPlace } from './place.ts';

/**
 * A denial as git shows it. Of an error status git prints the text only where it looks for references; to what it
 * POSTs it reads nothing but its own protocol: `ERR` for a fetch, a report for a push (gitprotocol-pack). A push that
 * is refused may be on its way already, when no report can wait for its end: it gets the text.
 */
export function gitDenial(
  { decision, status, message: sentence }: Denial,
  { service }: GitPlace,
  push: CommandReader | undefined,
): LocalResponse {
  const message = sentence.replace(/\s+/g, ' ');
  if (service === 'git-upload-pack') return result(service, pktLine(`ERR ${message}\n`));
  const capabilities = push?.list.capabilities;
  const isReported = capabilities?.has('report-status') === true || capabilities?.has('report-status-v2');
  if (push !== undefined && isReported === true && decision === 'deny')
    return result(service, reportOf(message, push));
  return { status, headers: ['content-type', 'text/plain; charset=utf-8'], body: `${message}\n` };
}

function result(service: string, body: Buffer): LocalResponse {
  const headers = ['content-type', `application/x-${service}-result`, 'cache-control', 'no-cache'];
  return { status: 200, headers, body, isAfterContent: true };
}

/** Every reference that is known is refused with the sentence; where none is, the whole pack is. */
function reportOf(message: string, { list }: CommandReader): Buffer {
  const refused = list.commands.map(({ reference }) => pktLine(`ng ${reference} ${message}\n`));
  const unpacked = pktLine(refused.length === 0 ? `unpack ${message}\n` : 'unpack ok\n');
  const report = Buffer.concat([unpacked, ...refused, flushPkt]);
  if (!list.capabilities.has('side-band-64k')) return report;
  return Buffer.concat([...inBand(report), flushPkt]);
}

/** Cut into what one line of the side band holds, in its first band: the report. */
function inBand(report: Buffer): Buffer[] {
  const most = 65_000;
  const lines: Buffer[] = [];
  for (let at = 0; at < report.length; at += most) {
    lines.push(pktLine(Buffer.concat([Uint8Array.of(1), report.subarray(at, at + most)])));
  }
  return lines;
}
