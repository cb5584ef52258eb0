/**
 * A segment of a type as Azure's documentation spells it, where it is one of the common ones; else as it is. Azure itself does
 * not look at case. Source: the paths of the `@azure/arm-*` packages.
 */
export function spellType(segment: string): string {
  return types.get(segment.toLowerCase()) ?? segment;
}

/** The same for a namespace: `microsoft.storage` is `Microsoft.Storage`. */
export function spellNamespace(namespace: string): string {
  return namespaces.get(namespace.toLowerCase()) ?? namespace;
}

function byLowerCase(text: string, prefix: string): ReadonlyMap<string, string> {
  const words = text.trim().split(/\s+/);
  return new Map(words.map((word) => [(prefix + word).toLowerCase(), prefix + word]));
}

const namespaces = byLowerCase(
  `
    AAD AVS Advisor AgFoodPlatform AlertsManagement AnalysisServices ApiCenter ApiManagement App
    AppComplianceAutomation AppConfiguration AppPlatform Attestation Authorization Automanage Automation
    AzureActiveDirectory AzureStack AzureStackHCI Batch Billing BillingBenefits BotService Cache Capacity Cdn
    CertificateRegistration ChangeAnalysis Chaos CognitiveServices Commerce Communication Compute ConfidentialLedger
    Confluent Consumption ContainerInstance ContainerRegistry ContainerService CostManagement CustomerInsights
    DBforMariaDB DBforMySQL DBforPostgreSQL Dashboard DataBox DataBoxEdge DataCatalog DataFactory DataLakeAnalytics
    DataMigration Databricks Datadog DeploymentManager DesktopVirtualization DevHub DevSpaces DevTestLab
    DeviceUpdate Devices DigitalTwins DocumentDB Edge Education EventGrid EventHub ExtendedLocation Features
    GuestConfiguration HDInsight HanaOnAzure HardwareSecurityModules HealthBot HealthcareApis HybridCompute
    ImportExport Insights IoTCentral KeyVault Kubernetes KubernetesConfiguration Kusto LabServices Logic
    MachineLearning MachineLearningCompute MachineLearningExperimentation MachineLearningServices ManagedIdentity
    ManagedServices Management ManagementPartner Maps MarketplaceOrdering Media Migrate MixedReality Monitor NetApp
    Network NotificationHubs OffAzureSpringBoot OpenEnergyPlatform OperationalInsights OperationsManagement Orbital
    Peering PolicyInsights Portal PowerBI PowerBIDedicated Purview Quota RecoveryServices Relay ResourceGraph
    ResourceHealth Resources Search Security SecurityInsights SerialConsole ServiceBus ServiceFabric
    ServiceFabricMesh ServiceLinker SignalRService Solutions Sql SqlVirtualMachine Storage StorageCache StorageMover
    StorageSync StreamAnalytics Subscription Support Synapse TimeSeriesInsights VMwareCloudSimple
    VirtualMachineImages Web
  `,
  'Microsoft.',
);

const types = byLowerCase(
  `
    accessPolicies advancedThreatProtectionSettings afdEndpoints agentPools apiLinks apiVersionSets applicationGateways applicationGroups
    arcSettings assessmentProjects attestationProviders auditingSettings authorizationProviders authorizationRules automationAccounts
    autonomousDatabases availabilitySets availabilityStatuses azureADOnlyAuthentications azureFirewalls backupFabrics backupPolicies
    backupShortTermRetentionPolicies basicPublishingCredentialsPolicies bastionHosts batchAccounts batchEndpoints beginGetAccess
    billingAccounts billingProfiles billingRoleAssignments billingSubscriptions blobServices botServices buildServices capabilityHosts
    capacityPools capacityReservationGroups cassandraClusters cassandraKeyspaces certificateOrders checkNameAvailability cloudEndpoints
    cloudExadataInfrastructures cloudVmClusters commitmentPlans communicationServices configTemplates configurationProfileAssignments
    configurationProfiles configurationStores connectedEnvironments containerApps containerGroups contentTypes customCertificates
    customDomains customLocations daprComponents databaseAccounts databaseConnections dataBoxEdgeDevices dataConnections dataMaskingPolicies
    denyAssignments deploymentScripts deploymentStacks diagnosticSettings digitalTwinsInstances disasterRecoveryConfigs diskAccesses
    dnsAliases dnsForwardingRulesets dnsResolvers dnsZones domainOwnershipIdentifiers domainServices dynamicSchemas elasticPools
    emailServices encryptionProtector encryptionScopes endGetAccess eventSubscriptions exadbVmClusters exportTemplate expressRouteCircuits
    expressRouteCrossConnections expressRouteGateways extendedAuditingSettings farmBeats featureProviders fileServices firewallPolicies
    firewallRules flexibleServers frontDoors generateLiveToken gremlinDatabases groupLinks groupQuotas hanaInstances hostGroups
    hostingEnvironments hostNameBindings hostPools hybridConnectionNamespaces hybridConnections imageTemplates instancePools
    integrationAccounts integrationRuntimes integrationServiceEnvironments inVMAccessControlProfiles invoiceSections iotSecuritySolutions
    ipamPools ipConfigurations jitNetworkAccessPolicies jobAgents jobDefinitions kustoPools labPlans ledgerDigestUploads linkedBackends
    linkedStorageAccounts listAccountSas listClusterAdminCredential listClusterUserCredential listConnectionStrings listCredentials listKeys
    listKeyValue listSecrets listServiceSas liveEvents loadBalancers longTermRetentionBackups longTermRetentionDatabases
    longTermRetentionManagedInstanceBackups longTermRetentionManagedInstances longTermRetentionServers maintenanceConfigurations
    managedClusters managedEnvironments managedHSMs managedInstances managedPrivateEndpoints managementGroups mediaServices metricAlerts
    metricDefinitions migrateToAutoscale migrateToManualThroughput mongoClusters mongodbDatabases moveCollections moveResources
    multiRolePools namedValues natRules netAppAccounts networkConfig networkGroups networkInterfaces networkManagerConnections
    networkManagers networkSecurityGroups networkSecurityPerimeterConfigurations networkSecurityPerimeters networkTrace
    networkVirtualAppliances networkWatchers notificationHubs onlineEndpoints operationalizationClusters operationLinks operationResults
    oracleSubscriptions originGroups outboundNetworkDependenciesEndpoints p2svpnGateways partnerConfigurations partnerNamespaces
    partnerTopics peeringServices policyAssignments policyDefinitions policyEvents policyFragments policySetDefinitions policyStates
    powerOff principalAssignments privateClouds privateDnsZones privateEndpointConnections privateEndpoints privateLinkHubs
    privateLinkResources privateLinkScopes privateLinkServices productLinks protectedItems protectionContainers provisioningServices
    publicCertificates publicIPAddresses queryPacks queryResults queueServices raiBlocklists recipientEmails recipientUsers recoveryPoints
    redisEnterprise regenerateKey regenerateKeys remoteRenderingAccounts replicationFabrics replicationLinks replicationMigrationItems
    replicationNetworks replicationProtectedItems replicationProtectionContainers replicationRecoveryPlans reservationOrders resourceChanges
    resourceGroups resourceProviders resourcesHistory restorableDatabaseAccounts restorableDroppedDatabases restorePointCollections
    restorePoints roleAssignments roleDefinitions routeFilters routeTables routingConfigurations ruleCollections ruleSets runCommand
    runCommands scalingPlans scheduledActions searchServices securityAdminConfigurations securityAlertPolicies securityUserConfigurations
    sensitivityLabels serviceEndpointPolicies serviceGateways serviceTopologies sessionHosts sharedPrivateLinkResources signalR
    solutionTemplates spatialAnchorsAccounts sqlDatabases sqlPools sqlVirtualMachineGroups sqlVulnerabilityAssessments staticSites
    storageAccounts storageMovers storageSyncServices storageTargets streamingEndpoints subscriptionFeatureRegistrations supportTickets
    suppressionLists syncGroups systemTopics tableServices tagNames tagValues templateSpecs threatIntelligence throughputSettings
    transparentDataEncryption userAssignedIdentities userProvidedFunctionApps validateMoveResources verifierWorkspaces virtualHubs
    virtualMachines virtualMachineScaleSets virtualMachineTemplates virtualNetworkConnections virtualNetworkGateways virtualNetworkLinks
    virtualNetworkPeerings virtualNetworkRules virtualNetworks virtualRouters virtualWans vmmServers vpnConnections vpnGateways
    vpnLinkConnections vpnServerConfigurations vpnSites vulnerabilityAssessments wcfRelays webPubSub webServices whatIf workerPools
    workItemConfigs workloadClassifiers workloadGroups workloadNetworks workspaceCollections
  `,
  '',
);
