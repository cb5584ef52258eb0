import { authFaults } from '../credential.ts';
import { type SlotSpec, slotName } from '../schema.ts';
import { follow, listOf, type Node, nodeOf, textOf } from './document.ts';

/** Where the credential of a document goes: what its first security requirement says. */
export function slotsFrom(document: Node, notes: string[]): readonly SlotSpec[] {
  const schemes = nodeOf(
    nodeOf(document['components'])['securitySchemes'] ?? document['securityDefinitions'],
  );
  const required = requirementOf(document, schemes);
  if (required.length === 0) {
    notes.push('it says of no credential: a bearer token is assumed; correct auth, or remove it');
    return [bearer];
  }
  const isOne = required.length === 1;
  const slots: SlotSpec[] = [];
  for (const name of required) {
    const slot = slotOf(follow(document, schemes[name]), isOne ? undefined : keyOf(name));
    const [fault] = slot === undefined ? [] : authFaults([...slots, slot]);
    const isNamed = slot?.name === undefined || new RegExp(slotName).test(slot.name);
    if (slot !== undefined && fault === undefined && isNamed) slots.push(slot);
    else notes.push(`the security scheme ${name} is of a kind that has no place here`);
  }
  if (slots.length > 0) return slots;
  notes.push('so that no place for a credential is known: a bearer token is assumed; correct auth');
  return [bearer];
}

const bearer: SlotSpec = { in: 'header', name: 'Authorization', prefix: 'Bearer ' };

/** Names of the schemes of the first requirement that has any, else of the first scheme. */
function requirementOf(document: Node, schemes: Node): readonly string[] {
  const operations = Object.values(nodeOf(document['paths'])).flatMap((item) => Object.values(nodeOf(item)));
  const candidates = [document, ...operations.map(nodeOf)].flatMap(({ security }) => listOf(security));
  const names = candidates.map((requirement) => Object.keys(nodeOf(requirement)));
  const isKnown = (list: readonly string[]) =>
    list.length > 0 && list.every((name) => Object.hasOwn(schemes, name));
  return names.find(isKnown) ?? Object.keys(schemes).slice(0, 1);
}

function keyOf(scheme: string): string {
  return scheme.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-');
}

function slotOf(scheme: Node, secretKey: string | undefined): SlotSpec | undefined {
  const key = secretKey === undefined ? {} : { secretKey };
  const name = textOf(scheme['name']);
  const kind = textOf(scheme['scheme'])?.toLowerCase();
  if (scheme['type'] === 'apiKey' && name !== undefined) {
    const place = scheme['in'];
    const isPlace = place === 'header' || place === 'query' || place === 'cookie';
    return isPlace ? { in: place, name, ...key } : undefined;
  }
  if (scheme['type'] === 'basic' || (scheme['type'] === 'http' && kind === 'basic')) {
    return { in: 'basic', userKey: 'user', secretKey: 'password' };
  }
  if (scheme['type'] === 'http' && kind !== 'bearer') return undefined;
  return ['http', 'oauth2', 'openIdConnect'].includes(String(scheme['type']))
    ? { ...bearer, ...key }
    : undefined;
}
