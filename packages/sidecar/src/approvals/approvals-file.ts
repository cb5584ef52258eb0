import { readFile } from 'node:fs/promises';
import { commandIn, PaiError, printable } from '@pai/core';
import { type Static, Type } from 'typebox';
import { changeFiles } from '../atomic-write.ts';
import { apiVersion, metadataSchema } from '../config.ts';
import type { YamlDocument } from '../documents.ts';
import { approvalsPath } from '../home.ts';
import { withLock } from '../lock.ts';
import { formatPlace } from '../problems.ts';
import { findFaults } from '../validate.ts';
import { digestOfText } from './definition-text.ts';

/** A tool as it was approved. */
export interface ApprovedTool {
  readonly name: string;
  /** As core's `digestOf` has it. */
  readonly digest: string;
  /** As `formatDefinition` has it. */
  readonly definition: string;
}

/** What the file of a Provider's approvals holds. */
export interface StoredApprovals {
  /** Empty when the file cannot be used. */
  readonly tools: readonly ApprovedTool[];
  /** Why it cannot, with its place and a remedy. */
  readonly problem?: string;
}

const closed = { additionalProperties: false } as const;

const fileSchema = Type.Object(
  {
    apiVersion: Type.Literal(apiVersion),
    kind: Type.Literal('ToolApprovals'),
    metadata: metadataSchema,
    tools: Type.Array(
      Type.Object({ name: Type.String(), digest: Type.String(), definition: Type.String() }, closed),
    ),
  },
  closed,
);

/** The command by which a person approves the tools of a Provider. */
export function approveCommand(namespace: string, provider: string): string {
  return commandIn(namespace, `pai approve ${provider}`);
}

/** The text of the file of a Provider's approvals; undefined when there is none, or it cannot be read. */
export async function readApprovalsText(
  home: string,
  namespace: string,
  name: string,
): Promise<string | undefined> {
  return readFile(approvalsPath(home, namespace, name), 'utf8').catch(() => undefined);
}

/** The approvals in a text that `readApprovalsText` gave. Nothing is approved by a file of which a part cannot be used. */
export async function readApprovals(
  home: string,
  namespace: string,
  name: string,
  text: string | undefined,
): Promise<StoredApprovals> {
  if (text === undefined) return { tools: [] };
  const path = approvalsPath(home, namespace, name);
  const { readDocuments } = await import('../documents.ts');
  const { documents, problems } = readDocuments(path, text);
  const [document] = documents;
  const [problem] = problems;
  const broken = (at: string, why: string) => ({
    tools: [],
    problem: `${at}: ${why}, or run: ${approveCommand(namespace, name)}`,
  });
  if (problem !== undefined) return broken(formatPlace(problem), problem.message);
  if (document === undefined || documents.length > 1) return broken(path, 'the file is not one document');
  const fault = faultOf(document, namespace, name);
  if (fault !== undefined) return broken(formatPlace(document.placeOf(fault.path)), fault.message);
  return { tools: (document.value as Static<typeof fileSchema>).tools };
}

/**
 * Stores the approvals of a Provider. Throws `state_unwritable` when they cannot be written, or not be read again, or when
 * the file is not `before` any more, the text that they were made from.
 */
export async function writeApprovals(
  home: string,
  namespace: string,
  name: string,
  tools: readonly ApprovedTool[],
  made?: { readonly before: string | undefined },
): Promise<void> {
  const { stringify } = await import('yaml');
  const inOrder = tools.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const head = `# The tools that agents may see and call, as \`pai approve ${name}\` found them.\n`;
  const metadata = { name, namespace };
  const content =
    head + stringify({ apiVersion, kind: 'ToolApprovals', metadata, tools: inOrder }, { lineWidth: 0 });
  const path = approvalsPath(home, namespace, name);
  const { problem } = await readApprovals(home, namespace, name, content);
  if (problem !== undefined) {
    throw new PaiError('state_unwritable', `the approvals of ${name} cannot be stored: ${problem}`);
  }
  await withLock(home, async () => {
    if (made !== undefined && (await readApprovalsText(home, namespace, name)) !== made.before) {
      const why = 'they have been changed meanwhile';
      throw new PaiError(
        'state_unwritable',
        `the approvals of ${name}: ${why}; run: ${approveCommand(namespace, name)}`,
      );
    }
    await changeFiles([{ path, content }]);
  });
}

interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function faultOf({ value }: YamlDocument, namespace: string, name: string): Fault | undefined {
  const [misfit] = findFaults(fileSchema, value);
  if (misfit !== undefined) return misfit;
  const { metadata, tools } = value as Static<typeof fileSchema>;
  if (metadata['name'] !== name || (metadata['namespace'] ?? 'default') !== namespace) {
    return { path: ['metadata'], message: 'these are the approvals of another Provider; restore the file' };
  }
  const seen = new Set<string>();
  for (const [i, tool] of tools.entries()) {
    const shown = printable(tool.name);
    if (seen.has(tool.name)) {
      return { path: ['tools', i], message: `${shown} stands here twice; remove one of them` };
    }
    seen.add(tool.name);
    // Whoever reviews the file reads the definition, so that it must be what the digest stands for.
    if (!isDigestOf(tool)) {
      const message = `the digest of ${shown} is not that of its definition; restore both`;
      return { path: ['tools', i, 'digest'], message };
    }
  }
  return undefined;
}

function isDigestOf({ digest, definition }: ApprovedTool): boolean {
  try {
    return digestOfText(definition) === digest;
  } catch {
    return false;
  }
}
