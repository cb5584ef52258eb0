import type { IamResource } from './source.ts';

/** The members that name a kind of resource, by the kind's template. Of each: see `readWay`. */
type Ways = Readonly<Record<string, readonly string[]>>;

/**
 * The members that name each kind in services whose conventions are known, from the services' API references. A kind with
 * an empty list is never named by itself: what its ARN would say, another kind of the same action says.
 */
export const typeWays: Ways = {
  'dynamodb table/${TableName}': [
    '~TableName',
    'RequestItems{}:TableName',
    'TableArn:TableName',
    'SourceTableName:TableName',
    'SourceTableArn:TableName',
    'TargetTableName:TableName',
    'ResourceArn:Arn',
  ],
  'dynamodb table/${TableName}/index/${IndexName}': ['TableName+IndexName'],
  'dynamodb table/${TableName}/stream/${StreamLabel}': ['StreamArn:Arn', 'ResourceArn:Arn'],
  'dynamodb table/${TableName}/backup/${BackupName}': ['BackupArn:Arn'],
  'dynamodb table/${TableName}/export/${ExportName}': ['ExportArn:Arn'],
  'dynamodb table/${TableName}/import/${ImportName}': ['ImportArn:Arn'],
  'dynamodb global-table/${GlobalTableName}': ['GlobalTableName'],
  'sqs ${QueueName}': [
    'QueueUrl',
    'QueueName+QueueOwnerAWSAccountId:QueueOwner?',
    'SourceArn:Arn',
    'DestinationArn:Arn',
  ],
  'sns ${TopicName}': [
    'TopicArn:Arn',
    'TargetArn:Arn',
    'ResourceArn:Arn',
    'SubscriptionArn',
    'Name:TopicName',
  ],
  'lambda function:${FunctionName}': ['FunctionName+Qualifier?', 'Resource:Arn', 'ResourceArn:Arn'],
  'lambda function:${FunctionName}:${Alias}': ['FunctionName+Qualifier'],
  'lambda function:${FunctionName}:${Version}': ['FunctionName+Qualifier'],
  'lambda event-source-mapping:${UUID}': ['UUID', 'Resource:Arn'],
  'lambda code-signing-config:${CodeSigningConfigId}': ['CodeSigningConfigArn:Arn', 'Resource:Arn'],
  'lambda capacity-provider:${CapacityProviderName}': ['CapacityProviderName', 'Resource:Arn'],
  'lambda network-connector:${NetworkConnectorId}': ['Resource:Arn'],
  'lambda microvm-image:${MicrovmImageName}': ['Resource:Arn'],
  'lambda layer:${LayerName}': ['LayerName'],
  'lambda layer:${LayerName}:${LayerVersion}': ['LayerName+VersionNumber:LayerVersion', 'Arn'],
  'lambda function:${FunctionName}:${Version}/durable-execution/${ExecutionName}/${ExecutionId}': [
    'DurableExecutionArn:Arn',
  ],
  'ec2 ${Tagged}': ['Resources:Tagged'],
  'glue catalog/${CatalogName}': [],
  'kms key/${KeyId}': ['KeyId', 'TargetKeyId:KeyId', 'SourceKeyId:KeyId', 'DestinationKeyId:KeyId'],
  'kms alias/${Alias}': ['AliasName:Alias'],
  'secretsmanager secret:${SecretId}': ['SecretId', 'SecretIdList:SecretId', 'Name:SecretName'],
  'ssm parameter/${ParameterNameWithoutLeadingSlash}': [
    'Name:Parameter',
    'Names:Parameter',
    'Path:ParameterPath',
    'ResourceArn:Arn',
  ],
  'ssm document/${DocumentName}': ['Name:DocumentName', 'DocumentName', 'ResourceArn:Arn'],
  'ssm maintenancewindow/${ResourceId}': ['WindowId:ResourceId'],
  'ssm opsitem/${ResourceId}': ['OpsItemId:ResourceId'],
  'ssm opsitemgroup/default': [],
  'ssm opsmetadata/${ResourceId}': ['OpsMetadataArn:Arn'],
  'ssm patchbaseline/${PatchBaselineIdResourceId}': ['BaselineId:PatchBaselineIdResourceId'],
  'ssm session/${SessionId}': ['SessionId'],
  'ssm association/${AssociationId}': ['AssociationId', 'AssociationIds:AssociationId'],
  'ssm automation-execution/${AutomationExecutionId}': ['AutomationExecutionId'],
  'ssm resource-data-sync/${SyncName}': ['SyncName'],
  'ssm windowtarget/${WindowTargetId}': ['WindowTargetId'],
  'ssm windowtask/${WindowTaskId}': ['WindowTaskId'],
  'ssm managed-instance/${InstanceId}': ['InstanceId', 'InstanceIds:InstanceId', 'Target:InstanceId'],
  'kinesis stream/${StreamName}': ['StreamName', 'StreamARN:StreamName', 'ResourceARN:Arn'],
  'kinesis ${StreamType}/${StreamName}/consumer/${ConsumerName}:${ConsumerCreationTimpstamp}': [
    'ConsumerARN:Arn',
    'ResourceARN:Arn',
  ],
  'events event-bus/${EventBusName}': ['EventBusName?', 'ResourceARN:Arn'],
  'events event-busv2/${EventBusName}/${OpaqueId}': ['ResourceARN:Arn'],
  'events event-sourcev2/${SourceType}/${EventSourceName}/${OpaqueId}': ['ResourceARN:Arn'],
  'events subscriber/${SubscriberName}/${OpaqueId}': ['ResourceARN:Arn'],
  'events rule/${EventBusName}/${RuleName}': [
    'Name:RuleName+EventBusName?',
    'Rule:RuleName+EventBusName?',
    'ResourceARN:Arn',
  ],
  'events rule/${RuleName}': [
    'Name:RuleName+EventBusName?',
    'Rule:RuleName+EventBusName?',
    'ResourceARN:Arn',
  ],
  'events archive/${ArchiveName}': ['ArchiveName'],
  'events replay/${ReplayName}': ['ReplayName'],
  'events connection/${ConnectionName}': ['Name:ConnectionName', 'ConnectionArn:Arn'],
  'events api-destination/${ApiDestinationName}': ['Name:ApiDestinationName'],
  'events endpoint/${EndpointName}': ['Name:EndpointName'],
  'events event-source/${EventSourceName}': ['Name:EventSourceName', 'EventSourceName'],
  'states stateMachine:${StateMachineName}': [
    'stateMachineArn:Arn',
    '~stateMachineVersionArn:Arn',
    'stateMachineAliasArn:Arn',
    'resourceArn:Arn',
  ],
  'states activity:${ActivityName}': ['activityArn:Arn', 'name:ActivityName', 'resourceArn:Arn'],
  'states execution:${StateMachineName}:${ExecutionId}': ['executionArn:Arn'],
  'states express:${StateMachineName}:${ExecutionId}:${ExpressId}': ['executionArn:Arn'],
  'states mapRun:${StateMachineName}/${MapRunLabel}:${MapRunId}': ['mapRunArn:Arn'],
  'ecr repository/${RepositoryName}': [
    'repositoryName:RepositoryName+registryId:Registry?',
    'repositoryNames:RepositoryName+registryId:Registry?',
    'resourceArn:Arn',
  ],
  'logs log-group:${LogGroupName}': [
    'logGroupName:LogGroupName',
    'logGroupNames:LogGroupName',
    'logGroupIdentifier:LogGroupName',
    'logGroupIdentifiers:LogGroupName',
    'logGroupArnList:LogGroupName',
    'resourceIdentifier:LogGroupName',
    'resourceArn:Arn',
  ],
  'logs log-group:${LogGroupName}:log-stream:${LogStreamName}': [
    'logGroupName:LogGroupName+logStreamName:LogStreamName',
    'logGroupIdentifier:LogGroupName+logStreamName:LogStreamName',
  ],
  'logs destination:${DestinationName}': [
    'destinationName:DestinationName',
    'destinationArn:Arn',
    'resourceArn:Arn',
  ],
  'iam role/${RoleNameWithPath}': ['RoleName+Path?', 'RoleArn:Arn', 'Arn', 'PolicySourceArn:Arn'],
  'iam user/${UserNameWithPath}': ['UserName+Path?+NewUserName?+NewPath?', 'Arn', 'PolicySourceArn:Arn'],
  'iam group/${GroupNameWithPath}': ['GroupName+Path?+NewGroupName?+NewPath?', 'Arn', 'PolicySourceArn:Arn'],
  'iam policy/${PolicyNameWithPath}': ['PolicyArn:Arn', 'PolicyName+Path?', 'Arn'],
  'iam instance-profile/${InstanceProfileNameWithPath}': ['InstanceProfileName+Path?'],
  'iam server-certificate/${CertificateNameWithPath}': [
    'ServerCertificateName+Path?+NewServerCertificateName?+NewPath?',
  ],
  'iam mfa/${MfaTokenIdWithPath}': ['SerialNumber:Arn', 'VirtualMFADeviceName+Path?'],
  'iam sms-mfa/${MfaTokenIdWithPath}': ['SerialNumber:Arn'],
  'iam saml-provider/${SamlProviderName}': ['SAMLProviderArn:Arn', 'Name:SamlProviderName'],
  'iam oidc-provider/${OidcProviderName}': ['OpenIDConnectProviderArn:Arn', 'Url'],
};

/** The same for single operations or actions. */
export const actionWays: Readonly<Record<string, Ways>> = {
  'dynamodb:Query': indexed(),
  'dynamodb:Scan': indexed(),
  'lambda:GetLayerVersionByArn': { 'lambda layer:${LayerName}:${LayerVersion}': ['Arn'] },
  'ec2:AuthorizeSecurityGroupEgress': { 'ec2 security-group-rule/${SecurityGroupRuleId}': [] },
  'ec2:AuthorizeSecurityGroupIngress': { 'ec2 security-group-rule/${SecurityGroupRuleId}': [] },
  'ec2:StartInstances': {
    'license-manager license-configuration:${LicenseConfigurationId}': [],
    'resource-groups group/${GroupName}': [],
  },
  'ssm:GetConnectionStatus': session(),
  'ssm:SendCommand': { 's3 ${BucketName}': ['OutputS3BucketName:BucketName'] },
  'ssm:StartSession': session(),
  'events:CreateEventBus': { 'events event-bus/${EventBusName}': ['Name:EventBusName'] },
  'events:UpdateEventBus': { 'events event-bus/${EventBusName}': ['Name:EventBusName?'] },
  'events:DeleteEventBus': { 'events event-bus/${EventBusName}': ['Name:EventBusName'] },
  'events:DescribeEventBus': { 'events event-bus/${EventBusName}': ['Name:EventBusName?'] },
  'events:PutEvents': { 'events event-bus/${EventBusName}': ['Entries.EventBusName?'] },
  'events:CreateArchive': { 'events event-bus/${EventBusName}': ['EventSourceArn:Arn'] },
  'events:StartReplay': {
    'events archive/${ArchiveName}': ['EventSourceArn:Arn'],
    'events event-bus/${EventBusName}': ['Destination.Arn'],
  },
  'states:CreateStateMachine': { 'states stateMachine:${StateMachineName}': ['name:StateMachineName'] },
  'iam:CreateServiceLinkedRole': { 'iam role/${RoleNameWithPath}': [] },
};

/** An index is named instead of its table: IAM judges a query of an index by the index. */
function indexed(): Ways {
  return {
    'dynamodb table/${TableName}': ['TableName+IndexName?'],
    'dynamodb table/${TableName}/index/${IndexName}': ['TableName+IndexName'],
  };
}

/** Operations that touch no resource of anybody's, though IAM's reference has `*` for them. */
export const touchesNothing: ReadonlySet<string> = new Set([
  'dynamodb:DescribeEndpoints',
  'kms:GenerateRandom',
  'secretsmanager:GetRandomPassword',
  'sts:GetCallerIdentity',
]);

/** The target of a session is read whole as a managed instance, which can turn out to be one of EC2. */
function session(): Ways {
  return { 'ec2 instance/${InstanceId}': ['Target:InstanceId'], 'ecs task/${TaskId}': [] };
}

/** Services whose tables here are complete, so that no member says anything of another account. */
export const tabled: ReadonlySet<string> = new Set([
  'dynamodb',
  'ecr',
  'events',
  'iam',
  'kinesis',
  'kms',
  'lambda',
  'logs',
  'secretsmanager',
  'sns',
  'sqs',
  'ssm',
  'states',
  'sts',
]);

/** Members with which an operation can reach what is not named, by their paths; `*` for all operations of a service. */
export const reachers: Readonly<Record<string, readonly string[]>> = {
  // Buckets that data leaves to or comes from, and code is taken from: IAM judges them beside, a scope would not.
  'dynamodb:ExportTableToPointInTime': ['S3Bucket'],
  'dynamodb:ImportTable': ['S3BucketSource.S3Bucket'],
  'lambda:CreateFunction': ['Code.S3Bucket'],
  'lambda:PublishLayerVersion': ['Content.S3Bucket'],
  'lambda:UpdateFunctionCode': ['S3Bucket'],
  'ec2:AssociateAddress': ['PublicIp'],
  'ec2:AuthorizeSecurityGroupEgress': ['SourceSecurityGroupName'],
  'ec2:AuthorizeSecurityGroupIngress': ['GroupName', 'SourceSecurityGroupName'],
  'ec2:DeleteKeyPair': ['KeyPairId'],
  'ec2:DeleteSecurityGroup': ['GroupName'],
  'ec2:ReleaseAddress': ['PublicIp'],
  'ec2:RevokeSecurityGroupEgress': ['SourceSecurityGroupName'],
  'ec2:RevokeSecurityGroupIngress': ['GroupName', 'SourceSecurityGroupName'],
  'events:PutEvents': ['EndpointId'],
  'kinesis:*': ['StreamId'],
  'kinesis:DeregisterStreamConsumer': ['ConsumerName'],
  'kinesis:DescribeStreamConsumer': ['ConsumerName'],
  'kms:RetireGrant': ['GrantToken'],
  'logs:StartQuery': ['queryLanguage', 'queryString:Query'],
  'secretsmanager:BatchGetSecretValue': ['Filters.Values', 'Filters.Key'],
  'sns:Publish': ['PhoneNumber'],
  'ssm:SendCommand': ['Targets.Key'],
};

const tagged = kind('tagged', 'ec2', '{Tagged}');
const stream = kind('stream', 'kinesis', 'stream/{StreamName}');
const bus = kind('event-bus', 'events', 'event-bus/{EventBusName}');
const secret = kind('secret', 'secretsmanager', 'secret:{SecretId}');

/** Kinds that operations work on, instead of those that IAM's reference lists for them. */
export const ownTypes: Readonly<Record<string, readonly IamResource[]>> = {
  'ec2:CreateTags': [tagged],
  'ec2:DeleteTags': [tagged],
  'events:PutPermission': [bus],
  'events:RemovePermission': [bus],
  'kinesis:DisableEnhancedMonitoring': [stream],
  'kinesis:EnableEnhancedMonitoring': [stream],
  'kinesis:UpdateShardCount': [stream],
  'kinesis:UpdateStreamMode': [stream],
  'secretsmanager:BatchGetSecretValue': [secret],
};

function kind(type: string, service: string, resource: string): IamResource {
  const arn = `arn:{Partition}:${service}:{Region}:{Account}:${resource}`.replaceAll('{', '${');
  return { type, arn, isRequired: true };
}

/** Other names that members have for the last variable of a template. */
export const otherNames: Readonly<Record<string, readonly string[]>> = {
  'ec2 key-pair/${KeyPairName}': ['KeyName'],
  'ec2 network-acl/${NaclId}': ['NetworkAclId'],
  'ec2 security-group/${SecurityGroupId}': ['GroupId', 'Group'],
  'elasticache cluster:${CacheClusterId}': ['CacheClusterId'],
  'rds cluster:${DbClusterInstanceName}': ['DBClusterIdentifier'],
  'rds cluster-pg:${ClusterParameterGroupName}': ['DBClusterParameterGroupName'],
  'rds cluster-snapshot:${ClusterSnapshotName}': ['DBClusterSnapshotIdentifier'],
  'rds db:${DbInstanceName}': ['DBInstanceIdentifier'],
  'rds es:${SubscriptionName}': ['SubscriptionName'],
  'rds og:${OptionGroupName}': ['OptionGroupName'],
  'rds pg:${ParameterGroupName}': ['DBParameterGroupName'],
  'rds snapshot:${SnapshotName}': ['DBSnapshotIdentifier'],
  'rds subgrp:${SubnetGroupName}': ['DBSubnetGroupName'],
};
