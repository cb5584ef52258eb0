import { type Arn, arnText, fillTemplate, fitsTemplate, parseArn } from './arn.ts';

/** What an ARN has from the host and the configuration. */
export interface Surroundings {
  readonly partition: string;
  readonly region: string;
  /** Empty when nobody says. */
  readonly account: string;
  /** The server is none of AWS's. */
  readonly isForeign?: true | undefined;
}

/**
 * What the values of a rule's members name: ARNs, none when they name none; `any` for what cannot be told; `other` for a
 * whole ARN that is not of this kind; `unreadable` for text that the service itself would refuse.
 */
export type Named = readonly string[] | 'any' | 'other' | 'unreadable';

/** Reads the values of a rule's members, by variable. */
export type Kind = (values: Readonly<Record<string, string>>, at: Surroundings, template: string) => Named;

/** Kinds without conventions of their own: the variables of the template, or a whole ARN instead of the only one. */
export const plainKind: Kind = (values, at, template) => {
  const { Arn: whole } = values;
  if (whole !== undefined) return fitsTemplate(whole, template) ? [whole] : 'other';
  const given = Object.values(values);
  if (given.some((value) => value.startsWith('arn:'))) {
    const [value] = given;
    return given.length === 1 && value !== undefined && fitsTemplate(value, template) ? [value] : 'any';
  }
  if (given.length < variablesIn(template)) return [];
  const arn = fillTemplate(template, values, at);
  return arn === undefined ? 'any' : [arn];
};

/** As plain ones, of services that keep names in lower case whatever case they are given in. */
export const foldedKind: Kind = (values, at, template) => {
  const folded = Object.entries(values).map(([name, value]) => [
    name,
    value.startsWith('arn:') ? value : value.toLowerCase(),
  ]);
  return plainKind(Object.fromEntries(folded), at, template);
};

function variablesIn(template: string): number {
  return (template.match(/\$\{(?!(?:Partition|Region|Account)\})/g) ?? []).length;
}

/**
 * A kind whose members hold a name or a whole ARN: `name` and `resource` are the patterns of each, and `write` gives the
 * resource part of a name's ARN.
 */
export function nameOrArn(options: {
  readonly service: string;
  readonly variable: string;
  readonly name: RegExp;
  readonly resource: RegExp;
  readonly write: (name: string) => string;
}): Kind {
  const { service, variable, name, resource, write } = options;
  return (values, at) => {
    const whole = values['Arn'];
    if (whole !== undefined) return isArnOf(whole, service, resource) ? [whole] : 'other';
    const value = values[variable];
    if (value === undefined) return [];
    if (value.startsWith('arn:')) return isArnOf(value, service, resource) ? [value] : 'unreadable';
    return name.test(value) ? [written(service, write(value), at)] : 'unreadable';
  };
}

/** Whether a text is an ARN of a service, with an account, whose resource part fits the pattern. */
export function isArnOf(text: string, service: string, resource: RegExp): boolean {
  const arn = parseArn(text);
  return arn !== undefined && arn.service === service && arn.account !== '' && resource.test(arn.resource);
}

/** An ARN of a service where the request was sent to. */
export function written(
  service: string,
  resource: string,
  at: Surroundings,
  parts: Partial<Arn> = {},
): string {
  return arnText({ ...at, service, resource, ...parts });
}
