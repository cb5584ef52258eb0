export { readSpelled, type SpelledParts } from './agent/spelled-request.ts';
export { type AgentEnvironmentOptions, agentEnvironment } from './agent-environment.ts';
export {
  type ApprovedTool,
  approveCommand,
  readApprovals,
  readApprovalsText,
  type StoredApprovals,
  writeApprovals,
} from './approvals/approvals-file.ts';
export { formatDefinition } from './approvals/definition-text.ts';
export { type ApprovalSource, type FollowedApprovals, followApprovals } from './approvals/follow.ts';
export { bundlePem, type Ca, loadCa } from './ca.ts';
export {
  type ComposeContext,
  type ComposedProvider,
  type ComposeOptions,
  type Composition,
  composeFromDocuments,
  composeProviders,
  composeResources,
  stubSecrets,
} from './compose.ts';
export {
  type AccessKeyResource,
  type AgentResource,
  apiVersion,
  labelPattern,
  type ProviderResource,
  type ProviderSpec,
  type ProviderTypeResource,
  type Resource,
  type ResourceId,
  type ResourceKind,
  type SecretResource,
} from './config.ts';
export { type DeclaredTypes, typeKey, typesAmong } from './declared.ts';
export { formatListen, type ListenAddress, parseListen } from './doors/listen.ts';
export { listenAtMost, reconnectionScheduler } from './embed/mcp-reconnection.ts';
export { type OpenMcpServer, openMcpServer } from './embed/open-mcp-server.ts';
export { createAccessKey, type NewAccessKey, readExpiryTime } from './gateway/access-key.ts';
export { type Gateway, type GatewayOptions, startGateway } from './gateway/gateway.ts';
export { findHome, resourcePath, wordOf } from './home.ts';
export { loadState, type State, type StateProblem } from './load-state.ts';
export { type LoggedIn, type LogInOptions, logIn } from './log-in.ts';
export { nearestKey } from './nearest-key.ts';
export type { PluginEntry } from './plugin-config.ts';
export { type AddPlugin, addPlugin, type ListedPlugin, listPlugins, removePlugin } from './plugin-home.ts';
export {
  builtinPlugins,
  findPlugin,
  loadDeclarative,
  loadPlugin,
  loadPluginFor,
  type Plugins,
} from './plugins.ts';
export { formatPlace, type Place } from './problems.ts';
export type { Override } from './resolver.ts';
export { type ReadOptions, readResources, type SourceFile } from './resources.ts';
export { addCommand, loginCommand, secretKeysOf } from './secret-keys.ts';
export { checkSecretKey, checkSecretValue } from './secret-value.ts';
export {
  type Change,
  createSecretStore,
  type SecretEntry,
  type SecretSource,
  type SecretStore,
} from './secrets.ts';
export { findAgent, type Selection, selectProviders } from './select.ts';
export { type Sidecar, type SidecarOptions, startSidecar } from './sidecar.ts';
export { type Applied, applyResources, deleteResource, missingResource } from './state.ts';
export { createPluginsReader, type PluginsOptions } from './third-party.ts';
export { type StateWatch, type WatchOptions, watchState } from './watch.ts';
