/** Where the name of an operation is not what its path and method say. All keys are in lower case. */
export interface Exceptions {
  /** POSTs that are named a read: namespace and types. */
  readonly reads: ReadonlySet<string>;
  /** POSTs on a resource itself that are named a write. */
  readonly writes: ReadonlySet<string>;
  /** POSTs on a collection that are named a write. */
  readonly creates: ReadonlySet<string>;
  /** Verbs that stand where a name would: namespace and types, then the verb. */
  readonly verbs: ReadonlySet<string>;
  /** Types that are called otherwise: namespace and types, to what stands in the name. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Operations that reach what their request does not name: queries and templates. Names without regard to case. */
  readonly reaching: ReadonlySet<string>;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().toLowerCase().split(/\s+/));
}

/**
 * Every exception that is known. Source: Azure RBAC, "Azure permissions" (the operations of the resource providers), held against the
 * paths of the `@azure/arm-*` packages.
 */
export const exceptions: Exceptions = {
  reads: words(`
    Microsoft.ApiManagement/checkNameAvailability
    Microsoft.ChangeAnalysis/resourceChanges
    Microsoft.Datadog/monitors/listHosts
    Microsoft.Datadog/monitors/listMonitoredResources
    Microsoft.Insights/generateLiveToken
    Microsoft.KeyVault/checkNameAvailability
    Microsoft.Network/networkWatchers/networkConfigurationDiagnostic
    Microsoft.Network/networkWatchers/nextHop
    Microsoft.Network/networkWatchers/topology
    Microsoft.ResourceGraph/resourceChangeDetails
    Microsoft.ResourceGraph/resourceChanges
    Microsoft.ResourceGraph/resources
    Microsoft.ResourceGraph/resourcesHistory
    Microsoft.Storage/checkNameAvailability
    Microsoft.Storage/locations/checkNameAvailability
    Microsoft.Web/checkNameAvailability
    Microsoft.Web/listSitesAssignedToHostName
  `),
  writes: words(`
    Microsoft.EventHub/namespaces/authorizationRules
    Microsoft.EventHub/namespaces/eventhubs/authorizationRules
    Microsoft.MachineLearningServices/workspaces/computes
    Microsoft.Marketplace/privateStores/offers
    Microsoft.NotificationHubs/namespaces/authorizationRules
    Microsoft.NotificationHubs/namespaces/notificationHubs/authorizationRules
    Microsoft.Relay/namespaces/authorizationRules
    Microsoft.Relay/namespaces/hybridConnections/authorizationRules
    Microsoft.Relay/namespaces/wcfRelays/authorizationRules
    Microsoft.ServiceBus/namespaces/authorizationRules
    Microsoft.ServiceBus/namespaces/queues/authorizationRules
    Microsoft.ServiceBus/namespaces/topics/authorizationRules
  `),
  creates: words('Microsoft.Insights/components/workItemConfigs'),
  verbs: words(`
    Microsoft.ApiManagement/service/tenant/git/regeneratePrimaryKey
    Microsoft.ApiManagement/service/tenant/git/regenerateSecondaryKey
    Microsoft.AppPlatform/Spring/configServers/validate
    Microsoft.Automation/automationAccounts/agentRegistrationInformation/regenerateKey
    Microsoft.Automation/automationAccounts/runbooks/draft/undoEdit
    Microsoft.Automation/automationAccounts/webhooks/generateUri
    Microsoft.Compute/virtualMachineScaleSets/rollingUpgrades/cancel
    Microsoft.CustomerInsights/hubs/images/getDataImageUploadUrl
    Microsoft.CustomerInsights/hubs/images/getEntityTypeImageUploadUrl
    Microsoft.EventHub/namespaces/disasterRecoveryConfigs/checkNameAvailability
    Microsoft.Insights/components/analytics/query
    Microsoft.Insights/components/api/query
    Microsoft.Network/connections/sharedKey/reset
    Microsoft.OperationalInsights/queryPacks/queries/search
    Microsoft.OperationalInsights/workspaces/api/query
    Microsoft.RecoveryServices/vaults/replicationJobs/export
    Microsoft.ServiceBus/namespaces/disasterRecoveryConfigs/checkNameAvailability
    Microsoft.Web/hostingEnvironments/recommendations/disable
    Microsoft.Web/hostingEnvironments/recommendations/reset
    Microsoft.Web/recommendations/reset
    Microsoft.Web/sites/networkTrace/start
    Microsoft.Web/sites/networkTrace/startOperation
    Microsoft.Web/sites/networkTrace/stop
    Microsoft.Web/sites/recommendations/disable
    Microsoft.Web/sites/recommendations/reset
    Microsoft.Web/sites/slots/networkTrace/start
    Microsoft.Web/sites/slots/networkTrace/startOperation
    Microsoft.Web/sites/slots/networkTrace/stop
  `),
  renamed: new Map(
    `
    Microsoft.ApiManagement/service/api-version-sets  Microsoft.ApiManagement/service/apiVersionSets
    Microsoft.EventHub/namespaces/networkRuleSets     Microsoft.EventHub/namespaces/networkruleset
    Microsoft.Network/dscpConfigurations              Microsoft.Network/dscpConfiguration
    Microsoft.ServiceBus/namespaces/networkRuleSets   Microsoft.ServiceBus/namespaces/networkruleset
  `
      .trim()
      .split('\n')
      .map((line) => {
        const [from = '', to = ''] = line.trim().split(/\s+/);
        return [from.toLowerCase(), to];
      }),
  ),
  reaching: words(`
    Microsoft.Blueprint/blueprintAssignments/write
    Microsoft.Insights/components/analytics/query/action
    Microsoft.Insights/components/analytics/read
    Microsoft.Insights/components/api/query/action
    Microsoft.Insights/components/api/read
    Microsoft.Insights/components/query/action
    Microsoft.Insights/components/query/read
    Microsoft.Insights/logs/read
    Microsoft.Network/networkWatchers/topology/read
    Microsoft.OperationalInsights/workspaces/api/query/action
    Microsoft.OperationalInsights/workspaces/api/read
    Microsoft.OperationalInsights/workspaces/query/action
    Microsoft.OperationalInsights/workspaces/query/read
    Microsoft.OperationalInsights/workspaces/savedSearches/results/read
    Microsoft.OperationalInsights/workspaces/search/action
    Microsoft.ResourceGraph/resourceChangeDetails/read
    Microsoft.ResourceGraph/resourceChanges/read
    Microsoft.ResourceGraph/resources/read
    Microsoft.ResourceGraph/resourcesHistory/read
    Microsoft.Resources/deploymentScripts/write
    Microsoft.Resources/deploymentStacks/validate/action
    Microsoft.Resources/deploymentStacks/write
    Microsoft.Resources/deployments/validate/action
    Microsoft.Resources/deployments/whatIf/action
    Microsoft.Resources/deployments/write
  `),
};
