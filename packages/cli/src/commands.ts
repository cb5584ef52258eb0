import { registerAccessKey } from './access-key.ts';
import { registerAddSecret } from './add-secret.ts';
import { registerApply } from './apply.ts';
import { registerApprove } from './approve.ts';
import { registerConformance } from './conformance.ts';
import type { Register } from './context.ts';
import { registerDelete } from './delete.ts';
import { registerDescribe } from './describe.ts';
import { registerEnv } from './env.ts';
import { registerExplain } from './explain.ts';
import { registerGateway } from './gateway.ts';
import { registerGet } from './get.ts';
import { registerHealth } from './health.ts';
import { registerLater } from './later.ts';
import { registerLogin } from './login.ts';
import { registerMcp } from './mcp.ts';
import { registerPlugins } from './plugins.ts';
import { registerProvider } from './provider.ts';
import { registerRun } from './run.ts';
import { registerSidecar } from './sidecar.ts';

/** The commands that these arguments may mean, in the order of the help: a sidecar, which starts in every pod, makes no others. */
export function commandsFor([first]: readonly string[]): readonly Register[] {
  return first === 'sidecar' ? [registerSidecar] : commands;
}

const commands: readonly Register[] = [
  registerApply,
  registerApprove,
  registerAddSecret,
  registerLogin,
  registerGet,
  registerDescribe,
  registerDelete,
  registerRun,
  registerEnv,
  registerSidecar,
  registerHealth,
  registerProvider,
  registerGateway,
  registerAccessKey,
  registerMcp,
  registerExplain,
  registerConformance,
  registerPlugins,
  registerLater,
];
