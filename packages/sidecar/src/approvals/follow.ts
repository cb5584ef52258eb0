import type { ToolApprovals } from '@pai/core';
import { approveCommand, readApprovals, readApprovalsText } from './approvals-file.ts';

/** Where Providers get the approvals of their tools from: always the same for one Provider. */
export type ApprovalSource = (namespace: string, name: string) => Promise<ToolApprovals>;

/** The approvals in a home, as they stand. */
export interface FollowedApprovals {
  readonly open: ApprovalSource;
  /** Reads again what was opened before. Never rejects: nothing is approved by a file that cannot be read. */
  readonly refresh: () => Promise<void>;
}

/** Most tools of a Provider that are remembered as they were last seen, unless more are approved. */
const mostSeen = 10_000;

/** Reads the approvals of a home when a Provider first asks for them. `log` takes what keeps tools from being seen. */
export function followApprovals(
  home: string,
  log: (line: string) => void = () => undefined,
): FollowedApprovals {
  const opened = new Map<string, Promise<Followed>>();
  return {
    open: async (namespace, name) => {
      const key = `${namespace}/${name}`;
      const known = opened.get(key);
      if (known !== undefined) return (await known).approvals;
      const made = follow(home, namespace, name, log);
      opened.set(key, made);
      return (await made).approvals;
    },
    refresh: async () => {
      const all = await Promise.all(opened.values());
      await Promise.all(all.map(({ refresh }) => refresh()));
    },
  };
}

interface Followed {
  readonly approvals: ToolApprovals;
  readonly refresh: () => Promise<void>;
}

async function follow(
  home: string,
  namespace: string,
  name: string,
  log: (line: string) => void,
): Promise<Followed> {
  const approved = new Map<string, string>();
  const seen = new Map<string, string>();
  let known: string | undefined | null = null;
  const read = async () => {
    const text = await readApprovalsText(home, namespace, name);
    if (text === known) return;
    const { tools, problem } = await readApprovals(home, namespace, name, text);
    known = text;
    approved.clear();
    for (const tool of tools) approved.set(tool.name, tool.digest);
    if (problem !== undefined)
      log(`${name}: its tools are hidden, since their approvals cannot be read: ${problem}`);
    else if (tools.length === 0)
      log(
        `${name}: none of its tools is approved, so that they are hidden; run: ${approveCommand(namespace, name)}`,
      );
  };
  let last = read();
  await last;
  const approvals: ToolApprovals = {
    approvedDigest: (tool) => approved.get(tool),
    seenDigest: (tool) => seen.get(tool),
    see: (tool, digest) => {
      seen.delete(tool);
      seen.set(tool, digest);
      if (seen.size <= mostSeen) return;
      // A server that lists thousands of others must not make us forget how an approved one has changed.
      for (const oldest of seen.keys()) {
        if (approved.has(oldest)) continue;
        seen.delete(oldest);
        return;
      }
    },
  };
  return {
    approvals,
    // One after the other, so that no older reading comes last.
    refresh: () => {
      last = last.then(read);
      return last;
    },
  };
}
