import { printable } from '@pai/core';
import type { OperationModel, ServiceModel } from '../model.ts';
import { unclear } from './marks.ts';

/** An operation, and the service that has it. */
export interface Chosen {
  readonly model: ServiceModel;
  readonly operation: OperationModel;
  readonly isKnown: boolean;
}

/**
 * The operation that an RPC request names, of the services that may be meant. Services that share a host share names
 * (RDS, Neptune, DocumentDB): where their actions are the same that is one reading. A well-formed name that none of them
 * has is tomorrow's operation. Throws `malformed_request` for anything else.
 */
export function chooseOperation(name: string, models: readonly ServiceModel[]): Chosen {
  if (!/^[A-Z][A-Za-z0-9]{0,127}$/.test(name)) throw unclear(`${printable(name)} is no name of an operation`);
  const known: Chosen[] = [];
  for (const model of models) {
    const operation = model.operation(name);
    if (operation !== undefined) known.push({ model, operation, isKnown: true });
  }
  return known.length === 0 ? newOperation(name, models) : onlyOne(known);
}

/**
 * The first of several, where all of them need the same actions, with the resource rules of all. Throws
 * `malformed_request` where they do not.
 */
export function onlyOne(candidates: readonly Chosen[]): Chosen {
  const [first, ...others] = candidates;
  if (first === undefined) throw unclear('the request names no operation');
  if (others.length === 0) return first;
  const isSame = others.every(({ operation }) => operation.actions.join() === first.operation.actions.join());
  if (isSame) return { ...first, operation: unitedRules(first.operation, others) };
  const names = candidates.map(({ model, operation }) => `${model.id} ${operation.name}`).join(', ');
  throw unclear(`the request can be read as ${names}; send what an AWS SDK sends`);
}

/** The services' descriptions know different members of one input. */
function unitedRules(operation: OperationModel, others: readonly Chosen[]): OperationModel {
  const known = united.get(operation);
  if (known !== undefined) return known;
  const rules = [operation, ...others.map((other) => other.operation)].flatMap(({ resources }) => resources);
  const unique = new Map(rules.map((rule) => [JSON.stringify(rule), rule]));
  const whole = { ...operation, resources: [...unique.values()] };
  united.set(operation, whole);
  return whole;
}

/** Models that share a host are always the same ones. */
const united = new WeakMap<OperationModel, OperationModel>();

function newOperation(name: string, models: readonly ServiceModel[]): Chosen {
  const folded = name.toLowerCase();
  for (const model of models) {
    const meant = model.operations().find((candidate) => candidate.toLowerCase() === folded);
    if (meant !== undefined) throw unclear(`${model.id} has no ${name}; did you mean ${meant}`);
  }
  const [model, ...others] = models;
  if (model === undefined) throw unclear(`no service of this host has ${name}`);
  if (others.some(({ prefix }) => prefix !== model.prefix)) {
    throw unclear(`${name} is no operation that is known, and several services answer on this host`);
  }
  return { model, operation: { name, actions: [`${model.prefix}:${name}`], resources: [] }, isKnown: false };
}
