import { isPlainSelect } from '../grpc/spanner.ts';

const databases = 'spanner.databases';

/** What starts a transaction, by the member of its options that says its kind (googleapis, google/spanner/v1/transaction.proto). */
const begins: Readonly<Record<string, string>> = {
  readWrite: `${databases}.beginOrRollbackReadWriteTransaction`,
  read_write: `${databases}.beginOrRollbackReadWriteTransaction`,
  partitionedDml: `${databases}.beginPartitionedDmlTransaction`,
  partitioned_dml: `${databases}.beginPartitionedDmlTransaction`,
  readOnly: `${databases}.beginReadOnlyTransaction`,
  read_only: `${databases}.beginReadOnlyTransaction`,
};

/**
 * The permissions of `sessions:executeSql`, `:executeStreamingSql` and `:beginTransaction` of Spanner by their content, as
 * gRPC's are by their messages. Undefined where it does not say it in one way: the method may need all that it can need.
 */
export function spannerPermissions(
  verb: string,
  content: object | 'unknown' | undefined,
): readonly string[] | undefined {
  if (typeof content !== 'object') return undefined;
  if (verb === 'beginTransaction') {
    const begin = beginOf((content as { readonly options?: unknown }).options);
    return begin === undefined ? undefined : [begin];
  }
  const { sql, transaction, dataBoostEnabled, data_boost_enabled } = content as Statement;
  const selected = selectedBy(transaction);
  if (typeof sql !== 'string' || selected === undefined) return undefined;
  const isBoosted = (dataBoostEnabled ?? data_boost_enabled ?? false) !== false;
  return [
    `${databases}.select`,
    ...(isPlainSelect(sql) ? [] : [`${databases}.write`]),
    ...selected,
    ...(isBoosted ? [`${databases}.useDataBoost`] : []),
  ];
}

interface Statement {
  readonly sql?: unknown;
  readonly transaction?: unknown;
  readonly dataBoostEnabled?: unknown;
  readonly data_boost_enabled?: unknown;
}

/** What a transaction that a statement begins needs; nothing for its own or for one that there is. */
function selectedBy(transaction: unknown): readonly string[] | undefined {
  if (transaction === undefined) return [];
  const [[kind, value] = ['', undefined], ...more] = Object.entries(Object(transaction) as object);
  if (more.length > 0) return undefined;
  if (kind === 'id' || kind === 'singleUse' || kind === 'single_use') return [];
  const begin = kind === 'begin' ? beginOf(value) : undefined;
  return begin === undefined ? undefined : [begin];
}

function beginOf(options: unknown): string | undefined {
  const found = Object.keys(Object(options) as object).filter((name) => Object.hasOwn(begins, name));
  return found.length === 1 ? begins[found[0] ?? ''] : undefined;
}
