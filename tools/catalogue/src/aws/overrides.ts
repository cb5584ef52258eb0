/** Services whose IAM prefix is not their signing name. Source: the service authorization reference. */
export const prefixes: Readonly<Record<string, string>> = {
  cloudcontrol: 'cloudformation',
  cloudwatch: 'cloudwatch',
  connectparticipant: 'connectparticipant',
  iotdataplane: 'iot',
  ioteventsdata: 'iotevents',
  iotjobsdataplane: 'iotjobsdata',
  iotsecuretunneling: 'iot',
  mturk: 'mechanicalturk',
  resourcegroupstaggingapi: 'tag',
};

/** Services that SigV4 does not sign, or whose operations another resolver names. */
export const leftOut: ReadonlySet<string> = new Set([
  's3', // by its own resolver
  'codecatalyst', // bearer tokens
  'sso', // bearer tokens
  'ssooidc', // no credential at all
  'importexport', // signature version 2
  'simpledb', // signature version 2
]);

/** Services whose actions are the verbs of HTTP, where IAM has no action of the operation's name. */
export const verbServices: ReadonlySet<string> = new Set(['apigateway', 'apigatewayv2']);

/**
 * The actions of operations that IAM calls otherwise, with the service's own prefix where none is written. Every
 * other operation is an action of its own name. Sources: the service authorization reference, the services' own API
 * references.
 */
export const overrides: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  accessanalyzer: { GetFindingV2: 'GetFinding', ListFindingsV2: 'ListFindings' },
  apigatewaymanagementapi: {
    DeleteConnection: 'ManageConnections',
    GetConnection: 'ManageConnections',
    PostToConnection: 'ManageConnections',
  },
  apigatewayv2: { PutRoutingRule: 'UpdateRoutingRule' },
  batch: {
    CancelJobs: 'CancelJob',
    TerminateJobs: 'TerminateJob',
    TerminateServiceJobs: 'TerminateServiceJob',
  },
  bedrockagentruntime: { RetrieveAndGenerateStream: 'RetrieveAndGenerate' },
  bedrockruntime: {
    Converse: 'InvokeModel',
    ConverseStream: 'InvokeModelWithResponseStream',
    InvokeModelWithBidirectionalStream: 'InvokeModel',
    StartAsyncInvoke: 'InvokeModel',
  },
  budgets: {
    CreateBudget: 'ModifyBudget',
    CreateNotification: 'ModifyBudget',
    CreateSubscriber: 'ModifyBudget',
    DeleteBudget: 'ModifyBudget',
    DeleteNotification: 'ModifyBudget',
    DeleteSubscriber: 'ModifyBudget',
    DescribeBudget: 'ViewBudget',
    DescribeBudgetNotificationsForAccount: 'ViewBudget',
    DescribeBudgetPerformanceHistory: 'ViewBudget',
    DescribeBudgets: 'ViewBudget',
    DescribeNotificationsForBudget: 'ViewBudget',
    DescribeSubscribersForNotification: 'ViewBudget',
    UpdateBudget: 'ModifyBudget',
    UpdateNotification: 'ModifyBudget',
    UpdateSubscriber: 'ModifyBudget',
  },
  cloudfront: { CreateDistributionWithTags: 'CreateDistribution TagResource' },
  cloudsearchdomain: { UploadDocuments: 'document' },
  cloudtrail: { ListInsightsMetricData: 'LookupEvents' },
  cognitoidentityprovider: { DescribeTermsByClient: 'DescribeTerms DescribeTermsByClient' },
  databasemigrationservice: {
    DescribeDataProviders: 'ListDataProviders',
    DescribeExtensionPackAssociations: 'ListExtensionPacks',
    DescribeInstanceProfiles: 'ListInstanceProfiles',
    DescribeMetadataModelAssessments: 'ListMetadataModelAssessments',
    DescribeMetadataModelConversions: 'ListMetadataModelConversions',
    DescribeMetadataModelExportsAsScript: 'ListMetadataModelExports',
    DescribeMetadataModelExportsToTarget: 'ListMetadataModelExports',
    DescribeMigrationProjects: 'ListMigrationProjects',
    ModifyConversionConfiguration: 'UpdateConversionConfiguration',
    ModifyDataProvider: 'UpdateDataProvider',
    ModifyInstanceProfile: 'UpdateInstanceProfile',
    ModifyMigrationProject: 'UpdateMigrationProject',
    StartExtensionPackAssociation: 'AssociateExtensionPack',
    StartMetadataModelExportAsScript: 'StartMetadataModelExportAsScripts',
  },
  detective: { ListOrganizationAdminAccounts: 'ListOrganizationAdminAccount' },
  // every action that the content may turn out to need; the provider reads the content and narrows them down
  dynamodb: {
    BatchExecuteStatement: 'PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate',
    ExecuteStatement: 'PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate',
    ExecuteTransaction: 'PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate',
    TransactGetItems: 'GetItem',
    TransactWriteItems: 'ConditionCheckItem DeleteItem PutItem UpdateItem',
  },
  ecr: { ListImageReferrers: 'BatchGetImage' },
  glue: {
    BatchGetDataQualityResult: 'GetDataQualityResult',
    BatchPutDataQualityStatisticAnnotation: 'PutDataQualityStatisticAnnotation',
    GetUnfilteredPartitionMetadata: 'GetPartition',
    GetUnfilteredPartitionsMetadata: 'GetPartitions',
    GetUnfilteredTableMetadata: 'GetTable',
  },
  iotfleetwise: { BatchCreateVehicle: 'CreateVehicle', BatchUpdateVehicle: 'UpdateVehicle' },
  iotjobsdataplane: { StartCommandExecution: 'iot:StartCommandExecution' },
  keyspaces: {
    CreateKeyspace: 'Create',
    CreateTable: 'Create',
    CreateType: 'Create',
    DeleteKeyspace: 'Drop',
    DeleteTable: 'Drop',
    DeleteType: 'Drop',
    GetKeyspace: 'Select',
    GetTable: 'Select',
    GetTableAutoScalingSettings: 'Select',
    GetType: 'Select',
    ListKeyspaces: 'Select',
    ListTables: 'Select',
    ListTagsForResource: 'Select',
    ListTypes: 'Select',
    RestoreTable: 'Restore',
    UpdateKeyspace: 'Alter',
    UpdateTable: 'Alter',
  },
  kms: { ReEncrypt: 'ReEncryptFrom ReEncryptTo' },
  lambda: {
    GetLayerVersionByArn: 'GetLayerVersion',
    Invoke: 'InvokeFunction',
    InvokeWithResponseStream: 'InvokeFunction',
  },
  marketplacecatalog: { BatchDescribeEntities: 'DescribeEntity' },
  neptunedata: {
    CancelGremlinQuery: 'CancelQuery',
    CancelOpenCypherQuery: 'CancelQuery',
    DeletePropertygraphStatistics: 'DeleteStatistics',
    DeleteSparqlStatistics: 'DeleteStatistics',
    ExecuteFastReset: 'ResetDatabase',
    ExecuteGremlinExplainQuery: 'DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery',
    ExecuteGremlinProfileQuery: 'DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery',
    ExecuteGremlinQuery: 'DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery',
    ExecuteOpenCypherExplainQuery: 'DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery',
    ExecuteOpenCypherQuery: 'DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery',
    GetGremlinQueryStatus: 'GetQueryStatus',
    GetMLDataProcessingJob: 'GetMLDataProcessingJobStatus',
    GetMLEndpoint: 'GetMLEndpointStatus',
    GetMLModelTrainingJob: 'GetMLModelTrainingJobStatus',
    GetMLModelTransformJob: 'GetMLModelTransformJobStatus',
    GetOpenCypherQueryStatus: 'GetQueryStatus',
    GetPropertygraphStatistics: 'GetStatisticsStatus',
    GetPropertygraphStream: 'GetStreamRecords',
    GetPropertygraphSummary: 'GetGraphSummary',
    GetRDFGraphSummary: 'GetGraphSummary',
    GetSparqlStatistics: 'GetStatisticsStatus',
    GetSparqlStream: 'GetStreamRecords',
    ListGremlinQueries: 'GetQueryStatus',
    ListOpenCypherQueries: 'GetQueryStatus',
    ManagePropertygraphStatistics: 'ManageStatistics',
    ManageSparqlStatistics: 'ManageStatistics',
  },
  neptunegraph: {
    ExecuteQuery: 'DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery',
    GetQuery: 'GetQueryStatus',
  },
  redshiftdata: { GetStatementResultV2: 'GetStatementResult' },
  // buckets of S3 Control stand on Outposts; access points without a bucket's name in S3 are those of directory buckets
  s3control: {
    CreateBucket: 's3-outposts:CreateBucket',
    DeleteAccessPointScope: 's3express:DeleteAccessPointScope',
    DeleteBucket: 's3-outposts:DeleteBucket',
    DeleteBucketLifecycleConfiguration: 's3-outposts:PutLifecycleConfiguration',
    DeleteBucketPolicy: 's3-outposts:DeleteBucketPolicy',
    DeleteBucketReplication: 's3-outposts:PutReplicationConfiguration',
    DeleteBucketTagging: 's3-outposts:PutBucketTagging',
    DeletePublicAccessBlock: 'PutAccountPublicAccessBlock',
    GetAccessPointScope: 's3express:GetAccessPointScope',
    GetBucket: 's3-outposts:GetBucket',
    GetBucketLifecycleConfiguration: 's3-outposts:GetLifecycleConfiguration',
    GetBucketPolicy: 's3-outposts:GetBucketPolicy',
    GetBucketReplication: 's3-outposts:GetReplicationConfiguration',
    GetBucketTagging: 's3-outposts:GetBucketTagging',
    GetBucketVersioning: 's3-outposts:GetBucketVersioning',
    GetPublicAccessBlock: 'GetAccountPublicAccessBlock',
    ListAccessPointsForDirectoryBuckets: 's3express:ListAccessPointsForDirectoryBuckets',
    ListRegionalBuckets: 's3-outposts:ListRegionalBuckets',
    PutAccessPointScope: 's3express:PutAccessPointScope',
    PutBucketLifecycleConfiguration: 's3-outposts:PutLifecycleConfiguration',
    PutBucketPolicy: 's3-outposts:PutBucketPolicy',
    PutBucketReplication: 's3-outposts:PutReplicationConfiguration',
    PutBucketTagging: 's3-outposts:PutBucketTagging',
    PutBucketVersioning: 's3-outposts:PutBucketVersioning',
    PutPublicAccessBlock: 'PutAccountPublicAccessBlock',
  },
  // it reads secrets, each of which needs the action that reads one
  secretsmanager: { BatchGetSecretValue: 'BatchGetSecretValue GetSecretValue' },
  securityhub: {
    BatchUpdateFindingsV2: 'BatchUpdateFindings',
    GetFindingStatisticsV2: 'GetAdhocInsightResults',
    GetFindingsV2: 'GetFindings',
    RegisterConnectorV2: 'ConnectorRegistrationsV2',
  },
  sns: { PublishBatch: 'Publish' },
  sqs: {
    ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
    DeleteMessageBatch: 'DeleteMessage',
    SendMessageBatch: 'SendMessage',
  },
  ssm: {
    DeregisterDefaultHostManagementConfiguration: 'GetServiceSetting ResetServiceSetting',
    RegisterDefaultHostManagementConfiguration: 'GetServiceSetting UpdateServiceSetting',
  },
  timestreamquery: { Query: 'Select' },
  verifiedpermissions: {
    BatchGetPolicy: 'GetPolicy',
    BatchIsAuthorized: 'IsAuthorized',
    BatchIsAuthorizedWithToken: 'IsAuthorizedWithToken',
  },
  vpclattice: { BatchUpdateRule: 'UpdateRule' },
};

/** Routes that clients take beside those of the descriptions: long searches are posted. */
export const otherRoutes: Readonly<Record<string, Readonly<Record<string, readonly [string, string]>>>> = {
  cloudsearchdomain: { Search: ['POST', '/2013-01-01/search'] },
};
