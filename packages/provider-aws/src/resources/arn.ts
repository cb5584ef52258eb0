import type { Surroundings } from './kind.ts';

/** The parts of an ARN (`arn:partition:service:region:account:resource`); the resource keeps its colons. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/**
 * The parts of a text that is an ARN of one resource: no wildcard, no space, no control character, an account of twelve
 * digits, `aws` or none. Undefined for any other text.
 */
export function parseArn(text: string): Arn | undefined {
  const found = /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|):([^\s*?\p{C}]+)$/u.exec(text);
  if (found === null || text.length > 2048) return undefined;
  const [, partition = '', service = '', region = '', account = '', resource = ''] = found;
  return { partition, service, region, account, resource };
}

/** The text of an ARN, from its parts. */
export function arnText({ partition, service, region, account, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/**
 * The ARN that a template gives with these variables. Undefined when one is missing or is not plain: letters, digits and
 * `_ . + = @ -`, so that none can be read as another part.
 */
export function fillTemplate(
  template: string,
  values: Readonly<Record<string, string>>,
  { partition, region, account }: Surroundings,
): string | undefined {
  let isWhole = true;
  const text = template.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
    if (name === 'Partition') return partition;
    if (name === 'Region') return region;
    if (name === 'Account') return account;
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || !/^[A-Za-z0-9_.+=@-]{1,512}$/.test(value)) isWhole = false;
    return value ?? '';
  });
  return isWhole ? text : undefined;
}

/** Whether a text is an ARN of the template's kind: its literals where the template has them, and one name a variable. */
export function fitsTemplate(text: string, template: string): boolean {
  return parseArn(text) !== undefined && patternOf(template).test(text);
}

const mostPatterns = 200;
const patterns = new Map<string, RegExp>();

function patternOf(template: string): RegExp {
  const known = patterns.get(template);
  if (known !== undefined) return known;
  const source = template.split(/(\$\{\w+\})/).map((part) => {
    const name = /^\$\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (name === 'Partition' || name === 'Region') return '[a-z0-9-]+';
    if (name === 'Account') return '(?:\\d{12}|aws)';
    return /Path$/.test(name) ? '[^:]+' : '[^:/]+';
  });
  const pattern = new RegExp(`^${source.join('')}$`, 'u');
  if (patterns.size >= mostPatterns) patterns.clear();
  patterns.set(template, pattern);
  return pattern;
}
