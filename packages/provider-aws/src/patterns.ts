import type { Action } from '@pai/core';

/** The service of an action: what IAM prefixes it with. */
export function serviceOf({ name }: Action): string {
  return name.slice(0, Math.max(name.indexOf(':'), 0));
}

/**
 * The IAM actions that a pattern stands for. It is itself, but for operations of the APIs that IAM calls otherwise: a list
 * that denies `s3:ListObjectsV2` means `s3:ListBucket`.
 */
export function patternsOf(pattern: string): readonly string[] {
  return operations.get(pattern.toLowerCase()) ?? [pattern];
}

/**
 * Service, actions, `=`, and the operations that need those. Source: the service authorization reference, and the pages of these
 * operations in the API references.
 */
const operations: ReadonlyMap<string, readonly string[]> = new Map(
  `
access-analyzer GetFinding = GetFindingV2
access-analyzer ListFindings = ListFindingsV2
aws-marketplace DescribeEntity = BatchDescribeEntities
batch CancelJob = CancelJobs
batch TerminateJob = TerminateJobs
batch TerminateServiceJob = TerminateServiceJobs
bedrock InvokeModel = Converse InvokeModelWithBidirectionalStream StartAsyncInvoke
bedrock InvokeModelWithResponseStream = ConverseStream
bedrock RetrieveAndGenerate = RetrieveAndGenerateStream
budgets ModifyBudget = CreateBudget CreateNotification CreateSubscriber DeleteBudget DeleteNotification DeleteSubscriber UpdateBudget UpdateNotification UpdateSubscriber
budgets ViewBudget = DescribeBudget DescribeBudgetNotificationsForAccount DescribeBudgetPerformanceHistory DescribeBudgets DescribeNotificationsForBudget DescribeSubscribersForNotification
cassandra Alter = UpdateKeyspace UpdateTable
cassandra Create = CreateKeyspace CreateTable CreateType
cassandra Drop = DeleteKeyspace DeleteTable DeleteType
cassandra Restore = RestoreTable
cassandra Select = GetKeyspace GetTable GetTableAutoScalingSettings GetType ListKeyspaces ListTables ListTagsForResource ListTypes
cloudfront CreateDistribution TagResource = CreateDistributionWithTags
cloudsearch document = UploadDocuments
cloudtrail LookupEvents = ListInsightsMetricData
detective ListOrganizationAdminAccount = ListOrganizationAdminAccounts
dms AssociateExtensionPack = StartExtensionPackAssociation
dms ListDataProviders = DescribeDataProviders
dms ListExtensionPacks = DescribeExtensionPackAssociations
dms ListInstanceProfiles = DescribeInstanceProfiles
dms ListMetadataModelAssessments = DescribeMetadataModelAssessments
dms ListMetadataModelConversions = DescribeMetadataModelConversions
dms ListMetadataModelExports = DescribeMetadataModelExportsAsScript DescribeMetadataModelExportsToTarget
dms ListMigrationProjects = DescribeMigrationProjects
dms StartMetadataModelExportAsScripts = StartMetadataModelExportAsScript
dms UpdateConversionConfiguration = ModifyConversionConfiguration
dms UpdateDataProvider = ModifyDataProvider
dms UpdateInstanceProfile = ModifyInstanceProfile
dms UpdateMigrationProject = ModifyMigrationProject
dynamodb ConditionCheckItem DeleteItem PutItem UpdateItem = TransactWriteItems
dynamodb GetItem = TransactGetItems
dynamodb PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate = BatchExecuteStatement ExecuteStatement ExecuteTransaction
ecr BatchGetImage = ListImageReferrers
execute-api ManageConnections = DeleteConnection GetConnection PostToConnection
glue GetDataQualityResult = BatchGetDataQualityResult
glue GetPartition = GetUnfilteredPartitionMetadata
glue GetPartitions = GetUnfilteredPartitionsMetadata
glue GetTable = GetUnfilteredTableMetadata
glue PutDataQualityStatisticAnnotation = BatchPutDataQualityStatisticAnnotation
iotfleetwise CreateVehicle = BatchCreateVehicle
iotfleetwise UpdateVehicle = BatchUpdateVehicle
iotjobsdata iot:StartCommandExecution = StartCommandExecution
kms ReEncryptFrom ReEncryptTo = ReEncrypt
lambda GetLayerVersion = GetLayerVersionByArn
lambda InvokeFunction = Invoke InvokeWithResponseStream
neptune-db CancelQuery = CancelGremlinQuery CancelOpenCypherQuery
neptune-db DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery = ExecuteGremlinExplainQuery ExecuteGremlinProfileQuery ExecuteGremlinQuery ExecuteOpenCypherExplainQuery ExecuteOpenCypherQuery
neptune-db DeleteStatistics = DeletePropertygraphStatistics DeleteSparqlStatistics
neptune-db GetGraphSummary = GetPropertygraphSummary GetRDFGraphSummary
neptune-db GetMLDataProcessingJobStatus = GetMLDataProcessingJob
neptune-db GetMLEndpointStatus = GetMLEndpoint
neptune-db GetMLModelTrainingJobStatus = GetMLModelTrainingJob
neptune-db GetMLModelTransformJobStatus = GetMLModelTransformJob
neptune-db GetQueryStatus = GetGremlinQueryStatus GetOpenCypherQueryStatus ListGremlinQueries ListOpenCypherQueries
neptune-db GetStatisticsStatus = GetPropertygraphStatistics GetSparqlStatistics
neptune-db GetStreamRecords = GetPropertygraphStream GetSparqlStream
neptune-db ManageStatistics = ManagePropertygraphStatistics ManageSparqlStatistics
neptune-db ResetDatabase = ExecuteFastReset
neptune-graph DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery = ExecuteQuery
neptune-graph GetQueryStatus = GetQuery
redshift-data GetStatementResult = GetStatementResultV2
s3 CreateBucketMetadataTableConfiguration = CreateBucketMetadataConfiguration
s3 DeleteBucketMetadataTableConfiguration = DeleteBucketMetadataConfiguration
s3 DeleteObject = DeleteObjects
s3 DeleteObject PutObject = RenameObject
s3 GetAccelerateConfiguration = GetBucketAccelerateConfiguration
s3 GetAccountPublicAccessBlock GetBucketPublicAccessBlock = GetPublicAccessBlock
s3 GetAnalyticsConfiguration = GetBucketAnalyticsConfiguration ListBucketAnalyticsConfigurations
s3 GetBucketMetadataTableConfiguration = GetBucketMetadataConfiguration
s3 GetBucketNotification = GetBucketNotificationConfiguration
s3 GetBucketObjectLockConfiguration = GetObjectLockConfiguration
s3 GetEncryptionConfiguration = GetBucketEncryption
s3 GetIntelligentTieringConfiguration = GetBucketIntelligentTieringConfiguration ListBucketIntelligentTieringConfigurations
s3 GetInventoryConfiguration = GetBucketInventoryConfiguration ListBucketInventoryConfigurations
s3 GetLifecycleConfiguration = GetBucketLifecycle GetBucketLifecycleConfiguration
s3 GetMetricsConfiguration = GetBucketMetricsConfiguration ListBucketMetricsConfigurations
s3 GetObject = HeadObject SelectObjectContent
s3 GetObject PutObject = CopyObject UploadPartCopy
s3 GetReplicationConfiguration = GetBucketReplication
s3 ListAllMyBuckets = ListBuckets
s3 ListBucket = HeadBucket ListObjects ListObjectsV2
s3 ListBucketMultipartUploads = ListMultipartUploads
s3 ListBucketVersions = ListObjectVersions
s3 ListMultipartUploadParts = ListParts
s3 PutAccelerateConfiguration = PutBucketAccelerateConfiguration
s3 PutAccountPublicAccessBlock PutBucketPublicAccessBlock = DeletePublicAccessBlock PutPublicAccessBlock
s3 PutAnalyticsConfiguration = DeleteBucketAnalyticsConfiguration PutBucketAnalyticsConfiguration
s3 PutBucketCORS = DeleteBucketCors
s3 PutBucketNotification = PutBucketNotificationConfiguration
s3 PutBucketObjectLockConfiguration = PutObjectLockConfiguration
s3 PutBucketOwnershipControls = DeleteBucketOwnershipControls
s3 PutBucketTagging = DeleteBucketTagging
s3 PutEncryptionConfiguration = DeleteBucketEncryption PutBucketEncryption
s3 PutIntelligentTieringConfiguration = DeleteBucketIntelligentTieringConfiguration PutBucketIntelligentTieringConfiguration
s3 PutInventoryConfiguration = DeleteBucketInventoryConfiguration PutBucketInventoryConfiguration
s3 PutLifecycleConfiguration = DeleteBucketLifecycle PutBucketLifecycle PutBucketLifecycleConfiguration
s3 PutMetricsConfiguration = DeleteBucketMetricsConfiguration PutBucketMetricsConfiguration
s3 PutObject = CompleteMultipartUpload CreateMultipartUpload UploadPart
s3 PutReplicationConfiguration = DeleteBucketReplication PutBucketReplication
securityhub BatchUpdateFindings = BatchUpdateFindingsV2
securityhub ConnectorRegistrationsV2 = RegisterConnectorV2
securityhub GetAdhocInsightResults = GetFindingStatisticsV2
securityhub GetFindings = GetFindingsV2
sns Publish = PublishBatch
sqs ChangeMessageVisibility = ChangeMessageVisibilityBatch
sqs DeleteMessage = DeleteMessageBatch
sqs SendMessage = SendMessageBatch
ssm GetServiceSetting ResetServiceSetting = DeregisterDefaultHostManagementConfiguration
ssm GetServiceSetting UpdateServiceSetting = RegisterDefaultHostManagementConfiguration
timestream Select = Query
verifiedpermissions GetPolicy = BatchGetPolicy
verifiedpermissions IsAuthorized = BatchIsAuthorized
verifiedpermissions IsAuthorizedWithToken = BatchIsAuthorizedWithToken
vpc-lattice UpdateRule = BatchUpdateRule
`
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [left = '', names = ''] = line.split(' = ');
      const [service = '', ...actions] = left.split(' ');
      const meant = actions.map((action) => (action.includes(':') ? action : `${service}:${action}`));
      return names.split(' ').map((name) => [`${service}:${name}`.toLowerCase(), meant] as const);
    }),
);
