/** What an rpc needs: permissions, and the templates of what they are on, with fields by their names. */
export interface NeedRule {
  /** Separated by spaces. `$` stands for the collection of what is named. */
  readonly permissions: string;
  /** None: what it is on cannot be told. */
  readonly templates: readonly string[];
  /** Needed only when one of the fields is set. */
  readonly isOptional?: boolean;
}

/** What the annotations of an rpc do not say. */
export interface Override {
  readonly needs?: readonly NeedRule[];
  /** What it needs hangs on the content: `packages/provider-gcp/src/grpc/readers.ts` reads it. */
  readonly isRead?: true;
  /** Other members may name more: where it puts things. */
  readonly hasMentions?: true;
}

const on = (permissions: string, ...templates: readonly string[]): NeedRule => ({ permissions, templates });
const ifSet = (permissions: string, ...templates: readonly string[]): NeedRule => ({
  permissions,
  templates,
  isOptional: true,
});

const topic = 'projects/*/topics/*';
const subscription = 'projects/*/subscriptions/*';
const table = '{table_name=projects/*/instances/*/tables/*}';
const view = '{authorized_view_name=projects/*/instances/*/tables/*/authorizedViews/*}';
const materialized = '{materialized_view_name=projects/*/instances/*/materializedViews/*}';
const policied = ['{resource=projects/_/buckets/*}', '{resource=projects/_/buckets/*/managedFolders/**}'];
const object = (bucket: string, name: string) => `{${bucket}=projects/_/buckets/*}/objects/{${name}=+}`;
const database = '{database=projects/*/instances/*/databases/*}';
const session = '{session=projects/*/instances/*/databases/*/sessions/*}';
const logs = ['{resource_names=*/*}', '{resource_names=*/*/locations/*/buckets/*/views/*}'];
const firestoreStreams: Readonly<Record<string, Override>> = {
  Write: {
    needs: [on('datastore.entities.create datastore.entities.update datastore.entities.delete')],
    isRead: true,
  },
  Listen: { needs: [on('datastore.entities.get datastore.entities.list')], isRead: true },
};
const documents = [
  '{parent=projects/*/databases/*/documents}',
  '{parent=projects/*/databases/*/documents/*/**}',
];

/** By rpc. Sources: the "Access control with IAM" page of each service, and the comments of its protos. */
export const overrides: Readonly<Record<string, Override>> = {
  ...prefixed('google.pubsub.v1.Publisher', {
    ListTopicSubscriptions: { needs: [on('pubsub.topics.get', `{topic=${topic}}`)] },
    ListTopicSnapshots: { needs: [on('pubsub.topics.get', `{topic=${topic}}`)] },
    DetachSubscription: { needs: [on('pubsub.topics.detachSubscription', `{subscription=${subscription}}`)] },
  }),
  ...prefixed('google.pubsub.v1.Subscriber', {
    CreateSubscription: {
      needs: [
        on('pubsub.subscriptions.create', `{name=${subscription}}`),
        on('pubsub.topics.attachSubscription', `{topic=${topic}}`),
      ],
      hasMentions: true,
    },
    Pull: { needs: [on('pubsub.subscriptions.consume', `{subscription=${subscription}}`)] },
    StreamingPull: {
      needs: [on('pubsub.subscriptions.consume', `{subscription=${subscription}}`)],
    },
    Acknowledge: { needs: [on('pubsub.subscriptions.consume', `{subscription=${subscription}}`)] },
    ModifyAckDeadline: { needs: [on('pubsub.subscriptions.consume', `{subscription=${subscription}}`)] },
    ModifyPushConfig: { needs: [on('pubsub.subscriptions.update', `{subscription=${subscription}}`)] },
    CreateSnapshot: {
      needs: [
        on('pubsub.snapshots.create', '{name=projects/*/snapshots/*}'),
        on('pubsub.subscriptions.consume', `{subscription=${subscription}}`),
      ],
    },
    Seek: {
      needs: [
        on('pubsub.subscriptions.consume', `{subscription=${subscription}}`),
        ifSet('pubsub.snapshots.seek', '{snapshot=projects/*/snapshots/*}'),
      ],
    },
  }),
  ...prefixed('google.logging.v2.LoggingServiceV2', {
    WriteLogEntries: {
      needs: [on('logging.logEntries.create', '{log_name=*/*/logs/*}', '{entries.log_name=*/*/logs/*}')],
    },
    ListLogEntries: { needs: [on('logging.logEntries.list', ...logs)], isRead: true },
    TailLogEntries: { needs: [on('logging.logEntries.list', ...logs)] },
  }),
  ...prefixed('google.bigtable.v2.Bigtable', {
    ReadRows: {
      needs: [
        ifSet('bigtable.tables.readRows', table),
        ifSet('bigtable.authorizedViews.readRows', view),
        ifSet('bigtable.materializedViews.readRows', materialized),
      ],
    },
    SampleRowKeys: {
      needs: [
        ifSet('bigtable.tables.sampleRowKeys', table),
        ifSet('bigtable.authorizedViews.sampleRowKeys', view),
        ifSet('bigtable.materializedViews.sampleRowKeys', materialized),
      ],
    },
    MutateRow: {
      needs: [ifSet('bigtable.tables.mutateRows', table), ifSet('bigtable.authorizedViews.mutateRows', view)],
    },
    MutateRows: {
      needs: [ifSet('bigtable.tables.mutateRows', table), ifSet('bigtable.authorizedViews.mutateRows', view)],
    },
    CheckAndMutateRow: {
      needs: [
        ifSet('bigtable.tables.mutateRows bigtable.tables.readRows', table),
        ifSet('bigtable.authorizedViews.mutateRows bigtable.authorizedViews.readRows', view),
      ],
    },
    ReadModifyWriteRow: {
      needs: [
        ifSet('bigtable.tables.mutateRows bigtable.tables.readRows', table),
        ifSet('bigtable.authorizedViews.mutateRows bigtable.authorizedViews.readRows', view),
      ],
    },
    PingAndWarm: { needs: [on('bigtable.instances.ping', '{name=projects/*/instances/*}')] },
    GenerateInitialChangeStreamPartitions: { needs: [on('bigtable.tables.readRows', table)] },
    ReadChangeStream: { needs: [on('bigtable.tables.readRows', table)] },
    PrepareQuery: {
      needs: [
        on('bigtable.instances.executeQuery', '{instance_name=projects/*/instances/*}'),
        on('bigtable.tables.readRows'),
      ],
    },
    ExecuteQuery: {
      needs: [
        on('bigtable.instances.executeQuery', '{instance_name=projects/*/instances/*}'),
        on('bigtable.tables.readRows'),
      ],
    },
  }),
  ...prefixed('google.storage.v2.Storage', {
    DeleteBucket: { needs: [on('storage.buckets.delete', '{name=projects/_/buckets/*}')] },
    GetBucket: { needs: [on('storage.buckets.get', '{name=projects/_/buckets/*}')] },
    CreateBucket: { needs: [on('storage.buckets.create')], isRead: true },
    ListBuckets: { needs: [on('storage.buckets.list', '{parent=projects/*}#')] },
    LockBucketRetentionPolicy: { needs: [on('storage.buckets.update', '{bucket=projects/_/buckets/*}')] },
    GetIamPolicy: { needs: [on('storage.$.getIamPolicy', ...policied)] },
    SetIamPolicy: { needs: [on('storage.$.setIamPolicy', ...policied)] },
    TestIamPermissions: { needs: [on('storage.$.testIamPermissions', ...policied)] },
    UpdateBucket: {
      needs: [on('storage.buckets.update', '{bucket.name=projects/_/buckets/*}')],
      isRead: true,
    },
    ComposeObject: {
      needs: [
        on('storage.objects.create', object('destination.bucket', 'destination.name')),
        on('storage.objects.get', object('destination.bucket', 'source_objects.name')),
      ],
      isRead: true,
    },
    DeleteObject: { needs: [on('storage.objects.delete', object('bucket', 'object'))] },
    RestoreObject: {
      needs: [on('storage.objects.restore storage.objects.create', object('bucket', 'object'))],
      isRead: true,
    },
    CancelResumableWrite: { needs: [on('storage.multipartUploads.abort')] },
    GetObject: { needs: [on('storage.objects.get', object('bucket', 'object'))] },
    ReadObject: { needs: [on('storage.objects.get', object('bucket', 'object'))] },
    BidiReadObject: {
      needs: [on('storage.objects.get', object('read_object_spec.bucket', 'read_object_spec.object'))],
    },
    UpdateObject: {
      needs: [on('storage.objects.update', object('object.bucket', 'object.name'))],
      isRead: true,
    },
    WriteObject: {
      needs: [
        on(
          'storage.objects.create',
          object('write_object_spec.resource.bucket', 'write_object_spec.resource.name'),
          '{upload_id=!}',
        ),
      ],
      isRead: true,
    },
    BidiWriteObject: {
      needs: [
        on(
          'storage.objects.create',
          object('write_object_spec.resource.bucket', 'write_object_spec.resource.name'),
          object('append_object_spec.bucket', 'append_object_spec.object'),
          '{upload_id=!}',
        ),
      ],
      isRead: true,
    },
    ListObjects: { needs: [on('storage.objects.list', '{parent=projects/_/buckets/*}#{prefix}')] },
    RewriteObject: {
      needs: [
        on('storage.objects.get', object('source_bucket', 'source_object')),
        on('storage.objects.create', object('destination_bucket', 'destination_name')),
      ],
      isRead: true,
    },
    StartResumableWrite: {
      needs: [
        on(
          'storage.objects.create',
          object('write_object_spec.resource.bucket', 'write_object_spec.resource.name'),
        ),
      ],
      isRead: true,
    },
    QueryWriteStatus: { needs: [on('storage.objects.create')] },
    MoveObject: {
      needs: [
        on('storage.objects.move', object('bucket', 'source_object')),
        on('storage.objects.create', object('bucket', 'destination_object')),
      ],
    },
  }),
  ...prefixed('google.storage.control.v2.StorageControl', {
    CreateFolder: {
      needs: [on('storage.folders.create', '{parent=projects/_/buckets/*}/folders/{folder_id=+}')],
    },
    DeleteFolder: { needs: [on('storage.folders.delete', '{name=projects/_/buckets/*/folders/**}')] },
    DeleteFolderRecursive: { needs: [on('storage.folders.delete')] },
    GetFolder: { needs: [on('storage.folders.get', '{name=projects/_/buckets/*/folders/**}')] },
    ListFolders: { needs: [on('storage.folders.list', '{parent=projects/_/buckets/*}#{prefix}')] },
    RenameFolder: { needs: [on('storage.folders.rename storage.folders.create')] },
    GetStorageLayout: { needs: [on('storage.objects.list')] },
    CreateManagedFolder: {
      needs: [
        on(
          'storage.managedFolders.create',
          '{parent=projects/_/buckets/*}/managedFolders/{managed_folder_id=+}',
        ),
      ],
    },
    DeleteManagedFolder: {
      needs: [on('storage.managedFolders.delete', '{name=projects/_/buckets/*/managedFolders/**}')],
    },
    GetManagedFolder: {
      needs: [on('storage.managedFolders.get', '{name=projects/_/buckets/*/managedFolders/**}')],
    },
    ListManagedFolders: {
      needs: [on('storage.managedFolders.list', '{parent=projects/_/buckets/*}#{prefix}')],
    },
    CreateAnywhereCache: { needs: [on('storage.anywhereCaches.create', '{parent=projects/_/buckets/*}')] },
    UpdateAnywhereCache: {
      needs: [
        on('storage.anywhereCaches.update', '{anywhere_cache.name=projects/_/buckets/*/anywhereCaches/*}'),
      ],
    },
    DisableAnywhereCache: {
      needs: [on('storage.anywhereCaches.disable', '{name=projects/_/buckets/*/anywhereCaches/*}')],
    },
    PauseAnywhereCache: {
      needs: [on('storage.anywhereCaches.pause', '{name=projects/_/buckets/*/anywhereCaches/*}')],
    },
    ResumeAnywhereCache: {
      needs: [on('storage.anywhereCaches.resume', '{name=projects/_/buckets/*/anywhereCaches/*}')],
    },
    GetAnywhereCache: {
      needs: [on('storage.anywhereCaches.get', '{name=projects/_/buckets/*/anywhereCaches/*}')],
    },
    ListAnywhereCaches: { needs: [on('storage.anywhereCaches.list', '{parent=projects/_/buckets/*}#')] },
    GetIamPolicy: { needs: [on('storage.$.getIamPolicy', ...policied)] },
    SetIamPolicy: { needs: [on('storage.$.setIamPolicy', ...policied)] },
    TestIamPermissions: { needs: [on('storage.$.testIamPermissions', ...policied)] },
  }),
  ...prefixed('google.spanner.v1.Spanner', {
    CreateSession: { needs: [on('spanner.sessions.create', database)] },
    BatchCreateSessions: { needs: [on('spanner.sessions.create', database)] },
    ListSessions: { needs: [on('spanner.sessions.list', `${database}#`)] },
    ExecuteSql: { needs: [on('spanner.databases.select', session)], isRead: true },
    ExecuteStreamingSql: { needs: [on('spanner.databases.select', session)], isRead: true },
    ExecuteBatchDml: {
      needs: [on('spanner.databases.select spanner.databases.write', session)],
      isRead: true,
    },
    Read: { needs: [on('spanner.databases.read', session)], isRead: true },
    StreamingRead: { needs: [on('spanner.databases.read', session)], isRead: true },
    BeginTransaction: {
      needs: [on('spanner.databases.beginOrRollbackReadWriteTransaction', session)],
      isRead: true,
    },
    Commit: { needs: [on('spanner.databases.write', session)] },
    Rollback: { needs: [on('spanner.databases.beginOrRollbackReadWriteTransaction', session)] },
    PartitionQuery: { needs: [on('spanner.databases.partitionQuery spanner.databases.select', session)] },
    PartitionRead: { needs: [on('spanner.databases.partitionRead spanner.databases.read', session)] },
    BatchWrite: { needs: [on('spanner.databases.write', session)] },
    FetchCacheUpdate: { needs: [on('spanner.databases.select', database)] },
  }),
  ...prefixed('google.firestore.v1.Firestore', {
    GetDocument: { needs: [on('datastore.entities.get', '{name=projects/*/databases/*/documents/*/**}')] },
    ListDocuments: {
      needs: [
        on(
          'datastore.entities.get datastore.entities.list',
          ...documents.map((parent) => `${parent}/{collection_id=*}`),
          ...documents,
        ),
      ],
    },
    UpdateDocument: {
      needs: [on('datastore.entities.update', '{document.name=projects/*/databases/*/documents/*/**}')],
      isRead: true,
    },
    DeleteDocument: {
      needs: [on('datastore.entities.delete', '{name=projects/*/databases/*/documents/*/**}')],
    },
    BatchGetDocuments: {
      needs: [on('datastore.entities.get', '{documents=projects/*/databases/*/documents/*/**}')],
      isRead: true,
    },
    BeginTransaction: { needs: [on('datastore.databases.get', '{database=projects/*/databases/*}')] },
    Commit: { needs: [on('datastore.entities.update', '{database=projects/*/databases/*}')], isRead: true },
    BatchWrite: {
      needs: [on('datastore.entities.update', '{database=projects/*/databases/*}')],
      isRead: true,
    },
    Rollback: { needs: [on('datastore.databases.get', '{database=projects/*/databases/*}')] },
    RunQuery: { needs: [on('datastore.entities.get datastore.entities.list', ...documents)], isRead: true },
    RunAggregationQuery: {
      needs: [on('datastore.entities.get datastore.entities.list', ...documents)],
      isRead: true,
    },
    ExecutePipeline: {
      needs: [
        on(
          'datastore.entities.get datastore.entities.list datastore.entities.create datastore.entities.update datastore.entities.delete',
        ),
      ],
    },
    PartitionQuery: {
      needs: [on('datastore.entities.get datastore.entities.list', ...documents)],
      isRead: true,
    },
    ListCollectionIds: { needs: [on('datastore.entities.list', ...documents)] },
    CreateDocument: {
      needs: [
        on(
          'datastore.entities.create',
          ...[
            '{parent=projects/*/databases/*/documents}',
            '{parent=projects/*/databases/*/documents/*/**}',
          ].map((parent) => `${parent}/{collection_id=*}/{document_id?}`),
        ),
      ],
    },
    ...firestoreStreams,
  }),
  ...prefixed('google.datastore.v1.Datastore', {
    Lookup: { needs: [on('datastore.entities.get', 'projects/{project_id=*}')], isRead: true },
    RunQuery: {
      needs: [on('datastore.entities.get datastore.entities.list', 'projects/{project_id=*}')],
      isRead: true,
    },
    RunAggregationQuery: {
      needs: [on('datastore.entities.get datastore.entities.list', 'projects/{project_id=*}')],
      isRead: true,
    },
    BeginTransaction: { needs: [on('datastore.databases.get', 'projects/{project_id=*}')], isRead: true },
    Commit: { needs: [on('datastore.entities.update', 'projects/{project_id=*}')], isRead: true },
    Rollback: { needs: [on('datastore.databases.get', 'projects/{project_id=*}')], isRead: true },
    AllocateIds: { needs: [on('datastore.entities.allocateIds', 'projects/{project_id=*}')], isRead: true },
    ReserveIds: { needs: [on('datastore.entities.allocateIds', 'projects/{project_id=*}')], isRead: true },
  }),
  ...prefixed('google.firestore.v1beta1.Firestore', firestoreStreams),
  ...prefixed('google.cloud.bigquery.storage.v1.BigQueryRead', {
    CreateReadSession: {
      needs: [
        on('bigquery.readsessions.create', '{parent=projects/*}'),
        on('bigquery.tables.getData', '{read_session.table=projects/*/datasets/*/tables/*}'),
      ],
    },
    ReadRows: {
      needs: [
        on('bigquery.readsessions.getData', '{read_stream=projects/*/locations/*/sessions/*/streams/*}'),
      ],
    },
    SplitReadStream: {
      needs: [on('bigquery.readsessions.update', '{name=projects/*/locations/*/sessions/*/streams/*}')],
    },
  }),
  ...prefixed('google.cloud.bigquery.storage.v1.BigQueryWrite', {
    CreateWriteStream: {
      needs: [on('bigquery.tables.updateData', '{parent=projects/*/datasets/*/tables/*}')],
    },
    AppendRows: {
      needs: [
        on(
          'bigquery.tables.updateData',
          '{write_stream=projects/*/datasets/*/tables/*/streams/*}',
          '{write_stream=projects/*/datasets/*/tables/*/_default}',
        ),
      ],
    },
    GetWriteStream: { needs: [on('bigquery.tables.get', '{name=projects/*/datasets/*/tables/*/streams/*}')] },
    FinalizeWriteStream: {
      needs: [on('bigquery.tables.updateData', '{name=projects/*/datasets/*/tables/*/streams/*}')],
    },
    BatchCommitWriteStreams: {
      needs: [
        on('bigquery.tables.updateData', '{parent=projects/*/datasets/*/tables/*}'),
        on('bigquery.tables.updateData', '{write_streams=projects/*/datasets/*/tables/*/streams/*}'),
      ],
    },
    FlushRows: {
      needs: [on('bigquery.tables.updateData', '{write_stream=projects/*/datasets/*/tables/*/streams/*}')],
    },
  }),
};

function prefixed(
  service: string,
  methods: Readonly<Record<string, Override>>,
): Readonly<Record<string, Override>> {
  return Object.fromEntries(
    Object.entries(methods).map(([name, override]) => [`${service}/${name}`, override]),
  );
}
