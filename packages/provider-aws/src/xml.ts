/** An element's content: text, or elements by name, in order; undefined ones are left out. */
export type XmlContent = string | { readonly [name: string]: XmlContent | undefined };

/** The declaration that AWS's own answers begin with, and one element. What XML cannot hold is left out (XML 1.0 section 2.2). */
export function xmlDocument(name: string, content: XmlContent, namespace?: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xmlElement(name, content, namespace)}`;
}

function xmlElement(name: string, content: XmlContent, namespace?: string): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${escapeXml(namespace)}"`;
  return `<${name}${attribute}>${xmlContent(content)}</${name}>`;
}

function xmlContent(content: XmlContent): string {
  if (typeof content === 'string') return escapeXml(content);
  return Object.entries(content)
    .map(([name, child]) => (child === undefined ? '' : xmlElement(name, child)))
    .join('');
}

function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
    .replace(/[&<>"'\r]/g, (letter) => entities[letter] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#13;',
};
