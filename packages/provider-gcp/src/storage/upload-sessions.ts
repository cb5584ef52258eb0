import { type AgentRequest, getHeaders, type ResponseHead } from '@pai/core';

/** What upload sessions are on whose URLs do not say it: those of clients that name the object in the metadata. */
export interface UploadSessions {
  /** A request that opens a session for an object, by its full resource name. */
  readonly opening: (request: AgentRequest, resource: string) => void;
  /** Remembers the session that the answer to such a request has opened. Changes nothing. */
  readonly watch: (head: ResponseHead, request: AgentRequest) => void;
  /** The object of a session that was seen to be opened. */
  readonly find: (id: string) => string | undefined;
}

/** Sessions that are remembered; the oldest is forgotten first. */
const most = 10_000;

/** Remembers which object an upload session is for, from the service's own answer. */
export function createUploadSessions(): UploadSessions {
  const opened = new Map<string, string>();
  const open = new WeakMap<AgentRequest, string>();
  return {
    opening: (request, resource) => {
      open.set(request, resource);
    },
    watch: ({ status, headers }, request) => {
      const resource = open.get(request);
      if (resource === undefined || status < 200 || status > 299) return;
      const [location = '', ...others] = getHeaders(headers, 'location');
      const [id = '', ...more] = others.length > 0 ? [] : idsIn(location);
      if (id === '' || more.length > 0) return;
      opened.delete(id);
      opened.set(id, resource);
      const [oldest] = opened.keys();
      if (opened.size > most && oldest !== undefined) opened.delete(oldest);
    },
    find: (id) => opened.get(id),
  };
}

function idsIn(location: string): readonly string[] {
  return URL.canParse(location) ? new URL(location).searchParams.getAll('upload_id') : [];
}
