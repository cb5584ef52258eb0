import { type AttachedProvider, type Authority, PaiError, parseAuthority, printable } from '@pai/core';

/** What a path of the base URL door leads to. */
export interface BaseUrlTarget {
  readonly authority: Authority;
  /** The Provider that was named, if one was. */
  readonly provider?: string;
  /** What the service is to get: the rest, byte for byte. */
  readonly target: string;
  /** What stood before that. */
  readonly root: string;
}

/**
 * Reads `/provider/NAME/…`, which is the first host that the Provider names exactly, and `/host/HOST[:PORT]/…`. Nothing
 * in it is decoded. Throws `malformed_request` for any other path, `misdirected_request` for a name nobody has.
 */
export function readBaseUrl(target: string, attached: readonly AttachedProvider[]): BaseUrlTarget {
  const [, kind, name = '', rest = ''] = /^\/(provider|host)\/([^/?#]+)(.*)$/s.exec(target) ?? [];
  if (kind === undefined) {
    throw new PaiError(
      'malformed_request',
      'the path leads nowhere; begin the path with /provider/NAME/ or /host/HOST/',
    );
  }
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  const root = `/${kind}/${name}`;
  if (kind === 'host') return { authority: parseAuthority(name, 443), target: path, root };
  return { authority: firstHost(name, attached), provider: name, target: path, root };
}

function firstHost(wanted: string, attached: readonly AttachedProvider[]): Authority {
  const found = attached.find(({ name }) => name === wanted);
  if (found === undefined) {
    const names = attached.map(({ name }) => name).join(', ') || 'none';
    throw misdirected(`no attached Provider is called ${printable(wanted)}; attached: ${names}`);
  }
  const { hosts } = found.provider;
  const first = hosts.find(({ host, isAnswered = false }) => !host.startsWith('*') && !isAnswered);
  if (first !== undefined) return { host: first.host, port: first.port ?? 443 };
  const patterns = hosts.map(({ host }) => host).join(', ');
  throw misdirected(`${wanted} answers for ${patterns}, which is not one host; use /host/HOST/`);
}

function misdirected(message: string): PaiError {
  return new PaiError('misdirected_request', message);
}
