import type { CallToolResult } from '@modelcontextprotocol/client';

/** What a tool answered. `isError` is a failure that the tool itself reports, which the model should read. */
export type ToolResult = CallToolResult;

/** An answer as text, for APIs of models that take nothing else: texts as they are, of everything else what it is. */
export function resultText({ content, structuredContent }: ToolResult): string {
  if (content.length === 0 && structuredContent !== undefined) return JSON.stringify(structuredContent);
  return content.map(partText).join('\n');
}

function partText(part: ToolResult['content'][number]): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'resource_link') return part.uri;
  if (part.type !== 'resource') return `[${part.type} ${part.mimeType}]`;
  const { resource } = part;
  return 'text' in resource ? resource.text : `[${resource.mimeType ?? 'resource'} ${resource.uri}]`;
}
