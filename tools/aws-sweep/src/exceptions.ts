/**
 * Operations that IAM calls something else, by prefix: `Operation: Action …`. Written by hand from AWS's documentation of
 * each operation (in the SDK packages themselves), the service authorization reference and the services' guides, and not
 * from the tables of the provider that this judges. `prefix:Action` names an action of another service.
 */
export const exceptions: Readonly<Record<string, string>> = {
  'access-analyzer': `
    GetFindingV2: GetFinding
    ListFindingsV2: ListFindings`,
  apigateway: `
    PutRoutingRule: UpdateRoutingRule`,
  'aws-marketplace': `
    BatchDescribeEntities: DescribeEntity`,
  batch: `
    CancelJobs: CancelJob
    TerminateJobs: TerminateJob
    TerminateServiceJobs: TerminateServiceJob`,
  bedrock: `
    Converse: InvokeModel
    StartAsyncInvoke: InvokeModel
    InvokeModelWithBidirectionalStream: InvokeModel
    ConverseStream: InvokeModelWithResponseStream
    RetrieveAndGenerateStream: RetrieveAndGenerate`,
  budgets: `
    CreateBudget: ModifyBudget
    CreateNotification: ModifyBudget
    CreateSubscriber: ModifyBudget
    DeleteBudget: ModifyBudget
    DeleteNotification: ModifyBudget
    DeleteSubscriber: ModifyBudget
    UpdateBudget: ModifyBudget
    UpdateNotification: ModifyBudget
    UpdateSubscriber: ModifyBudget
    DescribeBudget: ViewBudget
    DescribeBudgetNotificationsForAccount: ViewBudget
    DescribeBudgetPerformanceHistory: ViewBudget
    DescribeBudgets: ViewBudget
    DescribeNotificationsForBudget: ViewBudget
    DescribeSubscribersForNotification: ViewBudget`,
  cassandra: `
    CreateKeyspace: Create
    CreateTable: Create
    CreateType: Create
    DeleteKeyspace: Drop
    DeleteTable: Drop
    DeleteType: Drop
    GetKeyspace: Select
    GetTable: Select
    GetTableAutoScalingSettings: Select
    GetType: Select
    ListKeyspaces: Select
    ListTables: Select
    ListTagsForResource: Select
    ListTypes: Select
    RestoreTable: Restore
    UpdateKeyspace: Alter
    UpdateTable: Alter`,
  cloudfront: `
    CreateDistributionWithTags: CreateDistribution TagResource`,
  cloudsearch: `
    Search: search
    Suggest: suggest
    UploadDocuments: document`,
  cloudtrail: `
    ListInsightsMetricData: LookupEvents`,
  'cognito-idp': `
    DescribeTermsByClient: DescribeTerms DescribeTermsByClient`,
  detective: `
    ListOrganizationAdminAccounts: ListOrganizationAdminAccount`,
  dms: `
    DescribeDataProviders: ListDataProviders
    DescribeExtensionPackAssociations: ListExtensionPacks
    DescribeInstanceProfiles: ListInstanceProfiles
    DescribeMetadataModelAssessments: ListMetadataModelAssessments
    DescribeMetadataModelConversions: ListMetadataModelConversions
    DescribeMetadataModelExportsAsScript: ListMetadataModelExports
    DescribeMetadataModelExportsToTarget: ListMetadataModelExports
    DescribeMigrationProjects: ListMigrationProjects
    ModifyConversionConfiguration: UpdateConversionConfiguration
    ModifyDataProvider: UpdateDataProvider
    ModifyInstanceProfile: UpdateInstanceProfile
    ModifyMigrationProject: UpdateMigrationProject
    StartExtensionPackAssociation: AssociateExtensionPack
    StartMetadataModelExportAsScript: StartMetadataModelExportAsScripts`,
  dynamodb: `
    TransactGetItems: GetItem
    TransactWriteItems: DeleteItem
    ExecuteStatement: PartiQLSelect
    BatchExecuteStatement: PartiQLDelete
    ExecuteTransaction: PartiQLUpdate`,
  ecr: `
    ListImageReferrers: BatchGetImage`,
  'execute-api': `
    DeleteConnection: ManageConnections
    GetConnection: ManageConnections
    PostToConnection: ManageConnections`,
  glue: `
    BatchGetDataQualityResult: GetDataQualityResult
    BatchPutDataQualityStatisticAnnotation: PutDataQualityStatisticAnnotation
    GetUnfilteredPartitionMetadata: GetPartition
    GetUnfilteredPartitionsMetadata: GetPartitions
    GetUnfilteredTableMetadata: GetTable`,
  iotfleetwise: `
    BatchCreateVehicle: CreateVehicle
    BatchUpdateVehicle: UpdateVehicle`,
  iotjobsdata: `
    StartCommandExecution: iot:StartCommandExecution`,
  kms: `
    ReEncrypt: ReEncryptFrom ReEncryptTo`,
  lambda: `
    GetLayerVersionByArn: GetLayerVersion
    Invoke: InvokeFunction
    InvokeWithResponseStream: InvokeFunction`,
  'neptune-db': `
    CancelGremlinQuery: CancelQuery
    CancelOpenCypherQuery: CancelQuery
    DeletePropertygraphStatistics: DeleteStatistics
    DeleteSparqlStatistics: DeleteStatistics
    ExecuteFastReset: ResetDatabase
    ExecuteGremlinExplainQuery: DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery
    ExecuteGremlinProfileQuery: DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery
    ExecuteGremlinQuery: DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery
    ExecuteOpenCypherExplainQuery: DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery
    ExecuteOpenCypherQuery: DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery
    GetGremlinQueryStatus: GetQueryStatus
    GetMLDataProcessingJob: GetMLDataProcessingJobStatus
    GetMLEndpoint: GetMLEndpointStatus
    GetMLModelTrainingJob: GetMLModelTrainingJobStatus
    GetMLModelTransformJob: GetMLModelTransformJobStatus
    GetOpenCypherQueryStatus: GetQueryStatus
    GetPropertygraphStatistics: GetStatisticsStatus
    GetPropertygraphStream: GetStreamRecords
    GetPropertygraphSummary: GetGraphSummary
    GetRDFGraphSummary: GetGraphSummary
    GetSparqlStatistics: GetStatisticsStatus
    GetSparqlStream: GetStreamRecords
    ListGremlinQueries: GetQueryStatus
    ListOpenCypherQueries: GetQueryStatus
    ManagePropertygraphStatistics: ManageStatistics
    ManageSparqlStatistics: ManageStatistics`,
  'neptune-graph': `
    ExecuteQuery: DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery
    GetQuery: GetQueryStatus`,
  'redshift-data': `
    GetStatementResultV2: GetStatementResult`,
  secretsmanager: `
    BatchGetSecretValue: BatchGetSecretValue GetSecretValue`,
  securityhub: `
    BatchUpdateFindingsV2: BatchUpdateFindings
    GetFindingStatisticsV2: GetAdhocInsightResults
    GetFindingsV2: GetFindings
    RegisterConnectorV2: ConnectorRegistrationsV2`,
  sns: `
    PublishBatch: Publish`,
  sqs: `
    ChangeMessageVisibilityBatch: ChangeMessageVisibility
    DeleteMessageBatch: DeleteMessage
    SendMessageBatch: SendMessage`,
  ssm: `
    DeregisterDefaultHostManagementConfiguration: GetServiceSetting ResetServiceSetting
    RegisterDefaultHostManagementConfiguration: GetServiceSetting UpdateServiceSetting`,
  timestream: `
    Query: Select`,
  verifiedpermissions: `
    BatchGetPolicy: GetPolicy
    BatchIsAuthorized: IsAuthorized
    BatchIsAuthorizedWithToken: IsAuthorizedWithToken`,
  'vpc-lattice': `
    BatchUpdateRule: UpdateRule`,
};

/** S3's operations, by the same rule. Source: the API reference's permissions and the service authorization reference. */
export const s3Exceptions = `
  CompleteMultipartUpload: PutObject
  CopyObject: GetObject PutObject
  CreateBucketMetadataConfiguration: CreateBucketMetadataTableConfiguration
  CreateMultipartUpload: PutObject
  CreateSession: s3express:CreateSession
  DeleteBucketAnalyticsConfiguration: PutAnalyticsConfiguration
  DeleteBucketCors: PutBucketCORS
  DeleteBucketEncryption: PutEncryptionConfiguration
  DeleteBucketIntelligentTieringConfiguration: PutIntelligentTieringConfiguration
  DeleteBucketInventoryConfiguration: PutInventoryConfiguration
  DeleteBucketLifecycle: PutLifecycleConfiguration
  DeleteBucketMetadataConfiguration: DeleteBucketMetadataTableConfiguration
  DeleteBucketMetricsConfiguration: PutMetricsConfiguration
  DeleteBucketOwnershipControls: PutBucketOwnershipControls
  DeleteBucketReplication: PutReplicationConfiguration
  DeleteBucketTagging: PutBucketTagging
  DeleteObjects: DeleteObject
  DeletePublicAccessBlock: PutBucketPublicAccessBlock
  GetBucketAccelerateConfiguration: GetAccelerateConfiguration
  GetBucketAnalyticsConfiguration: GetAnalyticsConfiguration
  GetBucketCors: GetBucketCORS
  GetBucketEncryption: GetEncryptionConfiguration
  GetBucketIntelligentTieringConfiguration: GetIntelligentTieringConfiguration
  GetBucketInventoryConfiguration: GetInventoryConfiguration
  GetBucketLifecycle: GetLifecycleConfiguration
  GetBucketLifecycleConfiguration: GetLifecycleConfiguration
  GetBucketMetadataConfiguration: GetBucketMetadataTableConfiguration
  GetBucketMetricsConfiguration: GetMetricsConfiguration
  GetBucketNotificationConfiguration: GetBucketNotification
  GetBucketReplication: GetReplicationConfiguration
  GetObjectAttributes: GetObject GetObjectAttributes
  GetObjectLockConfiguration: GetBucketObjectLockConfiguration
  GetPublicAccessBlock: GetBucketPublicAccessBlock
  HeadBucket: ListBucket
  HeadObject: GetObject
  ListBucketAnalyticsConfigurations: GetAnalyticsConfiguration
  ListBucketIntelligentTieringConfigurations: GetIntelligentTieringConfiguration
  ListBucketInventoryConfigurations: GetInventoryConfiguration
  ListBucketMetricsConfigurations: GetMetricsConfiguration
  ListBuckets: ListAllMyBuckets
  ListDirectoryBuckets: s3express:ListAllMyDirectoryBuckets
  ListMultipartUploads: ListBucketMultipartUploads
  ListObjectVersions: ListBucketVersions
  ListObjects: ListBucket
  ListObjectsV2: ListBucket
  ListParts: ListMultipartUploadParts
  PutBucketAccelerateConfiguration: PutAccelerateConfiguration
  PutBucketAnalyticsConfiguration: PutAnalyticsConfiguration
  PutBucketCors: PutBucketCORS
  PutBucketEncryption: PutEncryptionConfiguration
  PutBucketIntelligentTieringConfiguration: PutIntelligentTieringConfiguration
  PutBucketInventoryConfiguration: PutInventoryConfiguration
  PutBucketLifecycle: PutLifecycleConfiguration
  PutBucketLifecycleConfiguration: PutLifecycleConfiguration
  PutBucketMetricsConfiguration: PutMetricsConfiguration
  PutBucketNotificationConfiguration: PutBucketNotification
  PutBucketReplication: PutReplicationConfiguration
  PutObjectLockConfiguration: PutBucketObjectLockConfiguration
  PutPublicAccessBlock: PutBucketPublicAccessBlock
  RenameObject: s3:DeleteObject s3:PutObject s3express:CreateSession
  SelectObjectContent: GetObject
  UploadPart: PutObject
  UploadPartCopy: GetObject PutObject
  WriteGetObjectResponse: s3-object-lambda:WriteGetObjectResponse`;

/** The operations of S3 Control, by the same rule. */
export const s3ControlExceptions = `
  DeleteAccessPointScope: s3express:DeleteAccessPointScope
  DeleteBucketLifecycleConfiguration: PutLifecycleConfiguration
  DeleteBucketReplication: PutReplicationConfiguration
  DeleteBucketTagging: PutBucketTagging
  DeletePublicAccessBlock: PutAccountPublicAccessBlock
  GetAccessPointScope: s3express:GetAccessPointScope
  GetBucketLifecycleConfiguration: GetLifecycleConfiguration
  GetBucketReplication: GetReplicationConfiguration
  GetPublicAccessBlock: GetAccountPublicAccessBlock
  ListRegionalBuckets: s3-outposts:ListRegionalBuckets
  ListAccessPointsForDirectoryBuckets: s3express:ListAccessPointsForDirectoryBuckets
  PutAccessPointScope: s3express:PutAccessPointScope
  PutBucketLifecycleConfiguration: PutLifecycleConfiguration
  PutBucketReplication: PutReplicationConfiguration
  PutPublicAccessBlock: PutAccountPublicAccessBlock`;
