import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/** Trees of google-proto-files that hold no API of Google Cloud, or one that no gRPC host serves. */
const skipped =
  /^google\/(?:actions|ads|analytics|area120|assistant|chat|chromeos|compute|devicesandservices|example|geo|home|maps|marketingplatform|partner|search|shopping|streetview|watcher|cloud\/compute|protobuf\/.+)\//;

/** The files of `google/protobuf` that APIs import. */
const wellKnown =
  /^google\/protobuf\/(?:any|api|descriptor|duration|empty|field_mask|struct|timestamp|type|wrappers|source_context)\.proto$/;

/** Every message and service of Google Cloud's published protos, in `folder`, with their options. */
export function readProtos(folder: string): { root: protobuf.Root; files: readonly string[] } {
  const root = new protobuf.Root();
  const files = [...protoFiles(folder, 'google'), ...protoFiles(folder, 'grafeas')].filter(
    (file) => !skipped.test(file) && (!file.startsWith('google/protobuf/') || wellKnown.test(file)),
  );
  for (const file of files)
    protobuf.parse(readFileSync(join(folder, file), 'utf8'), root, { keepCase: true });
  return { root, files };
}

function protoFiles(folder: string, under: string): readonly string[] {
  if (!existsSync(join(folder, under))) return [];
  return readdirSync(join(folder, under), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${under}/${entry.name}`;
      if (entry.isDirectory()) return protoFiles(folder, path);
      return path.endsWith('.proto') ? [path] : [];
    });
}

/** All services, by the order of their names. */
export function servicesOf(root: protobuf.Root): readonly protobuf.Service[] {
  const services: protobuf.Service[] = [];
  const walk = (space: protobuf.NamespaceBase) => {
    for (const nested of space.nestedArray) {
      if (nested instanceof protobuf.Service) services.push(nested);
      else if (nested instanceof protobuf.Namespace) walk(nested);
    }
  };
  walk(root);
  return services.toSorted((a, b) => (a.fullName < b.fullName ? -1 : 1));
}

/** A field of a message, by a path of names: its numbers, `*` after those of repeated ones. Undefined when there is none. */
export function fieldPath(type: protobuf.Type, path: string): string | undefined {
  const numbers: string[] = [];
  let at: protobuf.Type | undefined = type;
  for (const name of path.split('.')) {
    const field: protobuf.Field | undefined = at?.fields[name];
    if (field === undefined || field instanceof protobuf.MapField) return undefined;
    numbers.push(`${field.id}${field.repeated ? '*' : ''}`);
    const { resolvedType } = field.resolve();
    at = resolvedType instanceof protobuf.Type ? resolvedType : undefined;
  }
  return numbers.join('.');
}
