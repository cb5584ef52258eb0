import { printable } from '@pai/core';
import { isAnswer } from './answer.ts';
import type { Findings } from './findings.ts';
import type { Member, Place } from './place.ts';
import { isAccount, isIdentity } from './resources.ts';
import { schemaType } from './schema.ts';
import { isNamed } from './standing.ts';
import { unreadable } from './unreadable.ts';

/** Reports what the fields of one object say. */
export interface Report {
  /** A selection is made on it. */
  readonly pass: (place: Place) => void;
  /** A leaf of it. Throws `malformed_request` for one that has no name among the actions. */
  readonly leaf: (name: string, place: Place) => void;
  /** A leaf of a list of it: how many there are, or something of each. */
  readonly listLeaf: (name: string, place: Place) => void;
  /** Its field of this name leads to another object: which one is something that it says. */
  readonly link: (name: string, place: Place) => void;
  /** Its field of this name leads to a list whose items are asked for. */
  readonly list: (name: string, place: Place) => void;
}

/** Every interface has many types; where there are more than this, only identity can be asked for. */
const many = 50;

/** Reports to `findings`, except what a mutation wrote to a resource itself and shows in its answer. */
export function createReport(findings: Findings, written: string | undefined): Report {
  const read = ({ type, at, resources }: Member, name: string): void => {
    if (resources.length === 0) {
      throw unreadable(`${printable(name)} of ${type} has no name among the actions`);
    }
    for (const resource of resources) findings.read(resource, at);
  };
  /** What stands in a repository counts as read when nothing that stands there has a leaf of its own. */
  const passMember = ({ type, at, resources }: Member, by: Place['by']): void => {
    if (isAccount(type) || type === 'Query' || isAnswer(type) || (!isNamed(at) && by === 'link')) return;
    for (const resource of resources) findings.pass(resource, at);
  };
  return {
    pass: ({ members, isExact, by }) => {
      if (by === 'echo' || members.length > many) return;
      for (const member of members) if (isExact || member.at !== 'out') passMember(member, by);
    },
    leaf: (name, { members, by }) => {
      if (name === 'tempCloneToken') throw unreadable('tempCloneToken is a credential; clone with git');
      if (members.length > many && isIdentity('Node', name)) return;
      // What was written is of one type, whatever the interface that it is shown by.
      if (by === 'echo' && members.some(({ resources }) => resources.includes(written ?? ''))) return;
      for (const member of members) {
        if (isAnswer(member.type)) continue;
        if (member.type === 'Query') findings.pass('meta', 'out');
        else if (!isIdentity(member.type, name) || identifies(member, by)) read(member, name);
      }
    },
    listLeaf: (name, { members, by }) => {
      if (name === '__typename' || name === 'cursor') return;
      for (const member of members) {
        if (!/Count$/.test(name)) read(member, name);
        else if (by !== 'echo' && member.at !== 'out') {
          passMember(member, by);
          if (!isBeginning(member.type))
            for (const resource of member.resources) findings.link(resource, member.at);
        }
      }
    },
    link: (name, { members, by }) => {
      if (by === 'echo' && members.some(({ resources }) => resources.includes(written ?? ''))) return;
      for (const { type, at, resources } of members) {
        if (schemaType(type)?.links.has(name) !== true || isBeginning(type)) continue;
        for (const resource of resources) findings.link(resource, at);
      }
    },
    list: (name, { members }) => {
      for (const { type, at } of members) {
        const resource = namedLists.get(`${type}.${name}`);
        if (resource !== undefined)
          findings.read(resource, type === 'User' || at.startsWith('in ') ? at : 'any');
      }
    },
  };
}

/** What a query passes on its way. */
function isBeginning(type: string): boolean {
  return type === 'Query' || type === 'Repository' || isAccount(type) || isAnswer(type);
}

/** Identity is what a query that begins or lists there is after; elsewhere it only says which object is meant. */
function identifies({ type, at }: Member, by: Place['by']): boolean {
  if (isAccount(type)) return by === 'root';
  return by === 'list' || (by === 'root' && !isNamed(at));
}

/** Lists of accounts that have a name of their own over REST. */
const namedLists: ReadonlyMap<string, string> = new Map([
  ['Enterprise.members', 'admin:members'],
  ['Organization.enterpriseOwners', 'admin:members'],
  ['Organization.membersWithRole', 'admin:members'],
  ['Organization.pendingMembers', 'admin:invitations'],
  ['Repository.collaborators', 'admin:collaborators'],
  ['Repository.stargazers', 'stars'],
  ['Repository.watchers', 'watching'],
  ['User.followers', 'followers'],
  ['User.following', 'followers'],
]);
