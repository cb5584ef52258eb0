/**
 * What the user's own part of a spec names, in lower case: whole texts, and the hosts and words in them. What stands in
 * the plugin's schema does not count, since its defaults are in every spec.
 */
export function namedByUser(spec: unknown, schema: unknown): ReadonlySet<string> {
  const { auth, host, config, scope, mcp } = Object(spec) as Record<string, unknown>;
  const { secretRef: _, secretKey: __, ...chosen } = Object(auth) as Record<string, unknown>;
  const own = new Set(textsIn(schema));
  const texts = textsIn([chosen, host, config, scope, mcp]).filter((text) => !own.has(text));
  return new Set(texts.flatMap((text) => [text, ...text.split(/[^\w.*-]+/)]));
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value.toLowerCase()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
