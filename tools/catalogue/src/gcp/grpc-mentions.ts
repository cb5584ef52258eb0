import protobuf from 'protobufjs';

/**
 * The fields of a message that may name resources beside what an rpc is on, as the table has them: `13.1=pubsub.googleapis.com`
 * by the service of what is named (google/api/resource.proto), `22.1=bucket` and `18.1=table` by what they are called, and
 * `4.1=` for what can be an address.
 */
export function mentionsOf(request: protobuf.Type): readonly string[] {
  return [...new Set(below(request, '', []))];
}

/** Deeper than this no API of Google's names anything. */
const deepest = 6;

function below(type: protobuf.Type, path: string, above: readonly protobuf.Type[]): readonly string[] {
  const isMask = type.fullName === '.google.protobuf.FieldMask';
  if (isMask || above.length >= deepest || above.includes(type)) return [];
  return type.fieldsArray.flatMap((field) => {
    if (field instanceof protobuf.MapField || isOutput(field)) return [];
    const own = `${path}${field.id}${field.repeated ? '*' : ''}`;
    const { resolvedType } = field.resolve();
    if (resolvedType instanceof protobuf.Type) return below(resolvedType, `${own}.`, [...above, type]);
    if (field.type !== 'string') return [];
    const service = above.length === 0 ? undefined : referenceOf(field);
    const kind = kindOf(field.name);
    if (service === undefined && kind === undefined) return [];
    return [`${own}=${kind ?? service}`];
  });
}

function kindOf(name: string): string | undefined {
  if (/^(?:.*_)?bucket(?:_name)?$/.test(name)) return 'bucket';
  if (name === 'table') return 'table';
  return /(?:^|_)(?:uris?|urls?|paths?|service_account(?:_email)?)$/.test(name) ? '' : undefined;
}

/** The service of what a field names; undefined when that is not said. */
export function referenceOf(field: protobuf.Field): string | undefined {
  const options = (field.parsedOptions ?? []) as readonly Record<string, unknown>[];
  const reference = options
    .map((option) => option['(google.api.resource_reference)'])
    .find((one) => one !== undefined);
  const named =
    (reference as { type?: string } | undefined)?.type ??
    field.options?.['(google.api.resource_reference).type'];
  return typeof named === 'string' && named !== '*' ? named.split('/')[0] : undefined;
}

/** Whether nobody but the service itself sets a field. */
export function isOutput(field: protobuf.Field): boolean {
  return JSON.stringify(field.parsedOptions ?? []).includes('"OUTPUT_ONLY"');
}
