import { type Kind, written } from './kind.ts';

/** What EC2's ids begin with, and what their ARNs say then. */
const kindsOfIds: Readonly<Record<string, string>> = {
  acl: 'network-acl',
  cgw: 'customer-gateway',
  dopt: 'dhcp-options',
  eipalloc: 'elastic-ip',
  eni: 'network-interface',
  fl: 'vpc-flow-log',
  i: 'instance',
  igw: 'internet-gateway',
  lt: 'launch-template',
  nat: 'natgateway',
  pcx: 'vpc-peering-connection',
  rtb: 'route-table',
  sg: 'security-group',
  sgr: 'security-group-rule',
  subnet: 'subnet',
  tgw: 'transit-gateway',
  vgw: 'vpn-gateway',
  vol: 'volume',
  vpc: 'vpc',
  vpce: 'vpc-endpoint',
  vpn: 'vpn-connection',
};

/** Images and snapshots have no account in their ARNs. */
const withoutAccount: Readonly<Record<string, string>> = { ami: 'image', snap: 'snapshot' };

/** Whatever can have tags, by its id alone. */
const tagged: Kind = ({ Tagged: id }, at) => {
  if (id === undefined) return [];
  const [, prefix = ''] = /^([a-z]+)-[0-9a-f]{8,17}$/.exec(id) ?? [];
  const kind = Object.hasOwn(kindsOfIds, prefix) ? kindsOfIds[prefix] : undefined;
  if (kind !== undefined) return [written('ec2', `${kind}/${id}`, at)];
  const other = Object.hasOwn(withoutAccount, prefix) ? withoutAccount[prefix] : undefined;
  return other === undefined ? 'any' : [written('ec2', `${other}/${id}`, at, { account: '' })];
};

/** An instance, where a managed one of Systems Manager (`mi-…`) can stand too: that is of another kind. */
const instance: Kind = ({ InstanceId: id, Arn }, at) => {
  if (Arn !== undefined) return 'other';
  if (id === undefined || id.startsWith('mi-')) return [];
  return /^i-[0-9a-f]{8,17}$/.test(id) ? [written('ec2', `instance/${id}`, at)] : 'any';
};

/** Kinds of EC2. */
export const ec2Kinds: Readonly<Record<string, Kind>> = {
  'ec2 ${Tagged}': tagged,
  'ec2 instance/${InstanceId}': instance,
};
