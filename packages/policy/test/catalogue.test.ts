import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCatalogue } from '../src/catalogue.ts';

const rows = [
  '/',
  '/issues',
  '/issues/comments',
  '/issues/{number}',
  '/issues/{number}/labels/{name}',
  '/branches/{branch+}',
  '/branches/{branch+}/protection',
  '/branches/{branch+}/protection/users',
  '/branches/{branch+}/rename',
  '/{product}/{enablement}',
  '/{product}/settings',
].map((template) => ({ template }));

describe('a catalogue', () => {
  const catalogue = createCatalogue(rows);

  test.each([
    ['/', '/', {}],
    ['/issues', '/issues', {}],
    ['/issues/comments', '/issues/comments', {}],
    ['/issues/7', '/issues/{number}', { number: '7' }],
    ['/ISSUES/7/Labels/Bug', '/issues/{number}/labels/{name}', { number: '7', name: 'Bug' }],
    ['/issues/7/labels', undefined, undefined],
    ['/branches/main', '/branches/{branch+}', { branch: 'main' }],
    ['/branches/a/b/c', '/branches/{branch+}', { branch: 'a/b/c' }],
    ['/branches/a/b/protection', '/branches/{branch+}/protection', { branch: 'a/b' }],
    ['/branches/a/protection/users', '/branches/{branch+}/protection/users', { branch: 'a' }],
    ['/branches/protection', '/branches/{branch+}', { branch: 'protection' }],
    ['/branches/protection/protection', '/branches/{branch+}/protection', { branch: 'protection' }],
    ['/branches/a/protection/rename', '/branches/{branch+}/rename', { branch: 'a/protection' }],
    ['/branches/a/protection/x', '/branches/{branch+}', { branch: 'a/protection/x' }],
    ['/branches', undefined, undefined],
    ['/scanning/enable', '/{product}/{enablement}', { product: 'scanning', enablement: 'enable' }],
    ['/scanning/settings', '/{product}/settings', { product: 'scanning' }],
    ['/__proto__/x', '/{product}/{enablement}', { product: '__proto__', enablement: 'x' }],
    ['/a/b/c', undefined, undefined],
  ])('finds for %s the row %s', (path, template, parameters) => {
    const found = catalogue.match(path.split('/').filter(Boolean));
    expect(found?.entry.template).toBe(template);
    expect(found && { ...found.parameters }).toEqual(parameters);
  });

  test('goes back to a parameter where the static segment leads nowhere', () => {
    const narrow = createCatalogue([{ template: '/a/b/c' }, { template: '/{x}/b/d' }, { template: '/{y+}' }]);
    expect(narrow.match(['a', 'b', 'd'])?.entry.template).toBe('/{x}/b/d');
    expect(narrow.match(['a', 'b', 'e'])?.entry.template).toBe('/{y+}');
  });

  test('passes over rows that are not accepted', () => {
    const found = catalogue.match(['issues', 'comments'], ({ template }) => template !== '/issues/comments');
    expect(found?.entry.template).toBe('/issues/{number}');
  });

  test.each([
    [['/a/{b}', '/a/{c}'], 'templates /a/{b} and /a/{c} are one shape'],
    [['/a/B', '/a/b'], 'templates /a/B and /a/b are one shape'],
    [['/{a+}/b/{c+}'], 'template /{a+}/b/{c+} has two long parameters; one is the most'],
  ])('refuses %s', (templates, message) => {
    const make = () => createCatalogue(templates.map((template) => ({ template })));
    expect(make).toThrow(expect.objectContaining({ code: 'config_invalid', message }));
  });

  test('finds what a regular expression for each row finds', () => {
    const part = fc.constantFrom('a', 'b', '{p}', '{q}');
    const template = fc
      .tuple(fc.array(part, { maxLength: 4 }), fc.option(fc.nat(3), { nil: undefined }))
      .map(([parts, long]) => parts.map((text, i) => (i === long ? '{long+}' : text)))
      .map((parts) => `/${parts.join('/')}`);
    const table = fc.uniqueArray(template, { selector: shapeOf, maxLength: 12 });
    const segments = fc.array(fc.constantFrom('a', 'b', 'A', 'x'), { maxLength: 6 });
    fc.assert(
      fc.property(table, segments, (templates, path) => {
        const found = createCatalogue(templates.map((text) => ({ template: text }))).match(path);
        expect(found?.entry.template).toBe(naiveMatch(templates, path));
      }),
      { numRuns: 4_000 },
    );
  });
});

function shapeOf(template: string): string {
  return template.replace(/\{\w+(\+?)\}/g, '{$1}');
}

/** The row that fits best by reading every row: its kinds from the left, static first, an ending long parameter last. */
function naiveMatch(templates: readonly string[], path: readonly string[]): string | undefined {
  const text = path.map((segment) => `/${segment}`).join('');
  const fits = templates.filter((template) => regexpOf(template).test(text));
  return fits
    .map((template) => `${kindsOf(template)} ${template}`)
    .sort(byKinds)[0]
    ?.split(' ')[1];
}

function byKinds(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function regexpOf(template: string): RegExp {
  const parts = template.split('/').filter(Boolean);
  const source = parts.map((part) => {
    if (part.endsWith('+}')) return '(?:/[^/]+)+';
    return part.startsWith('{') ? '/[^/]+' : `/${part}`;
  });
  return new RegExp(`^${source.join('')}$`, 'i');
}

function kindsOf(template: string): string {
  const parts = template.split('/').filter(Boolean);
  return parts
    .map((part, i) => {
      if (!part.startsWith('{')) return '1';
      if (!part.endsWith('+}')) return '2';
      return i === parts.length - 1 ? '4' : '3';
    })
    .join('');
}
