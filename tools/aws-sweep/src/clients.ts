/** The clients that the sweep walks, without `@aws-sdk/client-`: the most used, and those whose hosts or protocols are unlike the others'. */
export const clients: readonly string[] = `
  accessanalyzer acm acm-pca amplify api-gateway apigatewaymanagementapi apigatewayv2 appconfig
  appconfigdata application-auto-scaling appsync athena auto-scaling backup batch bedrock bedrock-agent
  bedrock-agent-runtime bedrock-agentcore bedrock-agentcore-control bedrock-runtime budgets cloudcontrol
  cloudformation cloudfront cloudtrail cloudwatch cloudwatch-logs codeartifact codebuild codecommit
  codedeploy codepipeline cognito-identity cognito-identity-provider comprehend config-service connect
  cost-and-usage-report-service cost-explorer database-migration-service datasync direct-connect
  directory-service docdb dsql dynamodb dynamodb-streams ec2 ecr ecr-public ecs efs eks elastic-beanstalk
  elastic-load-balancing elastic-load-balancing-v2 elasticache elasticsearch-service emr emr-serverless
  eventbridge firehose fsx geo-maps geo-places geo-routes global-accelerator glue guardduty iam
  identitystore inspector2 iot iot-data-plane iot-jobs-data-plane kafka keyspaces kinesis kms
  lakeformation lambda lex-runtime-v2 lightsail location marketplace-metering memorydb mq neptune
  neptune-graph opensearch opensearchserverless organizations pinpoint pipes polly pricing ram rds
  rds-data redshift redshift-data redshift-serverless rekognition resource-groups
  resource-groups-tagging-api route-53 route53resolver s3 s3-control s3tables s3vectors sagemaker
  sagemaker-runtime scheduler secrets-manager securityhub service-quotas servicediscovery ses sesv2 sfn
  shield sns sqs ssm sso-admin sts support synthetics textract timestream-query timestream-write
  transcribe transfer translate verifiedpermissions vpc-lattice wafv2 workspaces xray
`
  .trim()
  .split(/\s+/);
