import { createHash } from 'node:crypto';

/** Most characters that OpenAI's and Anthropic's APIs, and most that copy them, take in the name of a tool. */
const mostCharacters = 64;

/**
 * What a model calls a server's tool: `<server>__<tool>`. Where that has characters or a length that the APIs of models
 * refuse (`^[a-zA-Z0-9_-]{1,64}$`), a readable part of it and eight digits of its SHA-256, so that the same tool always has
 * the same name, whatever else there is.
 */
export function nameForModel(server: string, tool: string): string {
  const name = `${server}__${tool}`;
  if (/^[a-zA-Z0-9_-]+$/.test(name) && name.length <= mostCharacters) return name;
  const digits = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const readable = name.replace(/[^a-zA-Z0-9_-]/g, '_');
  const begin = readable.slice(0, Math.min(server.length, 24));
  const end = tool.replace(/[^a-zA-Z0-9_-]/g, '_');
  return `${begin}__${end.slice(0, mostCharacters - begin.length - digits.length - 3)}_${digits}`;
}
