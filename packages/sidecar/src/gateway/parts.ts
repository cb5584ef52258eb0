/** What a running gateway is made of, to be loaded by the one command that runs it. */
export { createDailyCounts } from './daily-counts.ts';
export { openGatewayDoor } from './door.ts';
export { createFailures } from './failures.ts';
export { identityOfCa, identityOfFiles } from './identity.ts';
export { followKeys } from './key-ring.ts';
export { createLazyAggregate } from './lazy-aggregate.ts';
export { createVisits } from './visits.ts';
