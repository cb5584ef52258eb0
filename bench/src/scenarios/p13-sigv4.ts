import { measureInProcess } from '../in-process.ts';
import { amountFor, type Scenario } from '../scenario.ts';

/** What signing a request for S3 costs. */
export const sigv4: Scenario = {
  id: 'p13',
  title: 'SigV4',
  method:
    'CPU of a signature in a loop of its own: for the sidecar, all that the Provider does to a request before it goes up.',
  measures: [
    { name: 'get', title: 'GET, CPU us', digits: 1 },
    { name: 'put', title: 'PUT of 1 KiB, CPU us', digits: 1 },
  ],
  hasNoRatio: true,
  peers: ['sidecar', 'aws4', 'aws4fetch'],
  rounds: 3,
  measure: (peer, _rig, plan) => measureInProcess('sigv4', peer.name, String(amountFor(peer, plan, 50_000))),
};
