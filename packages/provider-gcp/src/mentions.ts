/** Content up to this size is looked through for names, in bytes; more is taken to name anything. */
export const longestSearched = 1_048_576;

/**
 * The full names of resources that a JSON content mentions, with `service` for those that do not say whose they are:
 * `projects/p/topics/t`, `https://…/projects/p/…`, `//pubsub.googleapis.com/…`, `gs://bucket/object`, the addresses of service
 * accounts, other projects and tables of BigQuery where members say that it is one, and, in Compute Engine, `zones/z/disks/d`, which are in `project`.
 * Text that only contains such a name is none.
 */
export function namesIn(content: object, service: string, project: string | undefined): readonly string[] {
  const found = new Set<string>();
  const look = (value: unknown, kind: Kind): void => {
    if (typeof value === 'string') {
      const name = nameOf(value, kind, service, project);
      if (name !== undefined) found.add(name);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      look(member, Array.isArray(value) ? kind : kindOf(key));
    }
  };
  look(content, undefined);
  return [...found];
}

/** What a member is for, by its name in either of the spellings that Google takes. */
export type Kind = 'bucket' | 'database' | 'project' | 'projects' | 'table' | undefined;

function kindOf(key: string): Kind {
  if (key.length > 64) return undefined;
  if (/^(?:.*_)?bucket(?:_?name)?$|[a-z]Bucket(?:Name)?$/i.test(key)) return 'bucket';
  if (key === 'databaseId' || key === 'database_id') return 'database';
  if (key === 'projectId' || key === 'project_id') return 'project';
  if (key === 'projectIds' || key === 'project_ids') return 'projects';
  return key === 'table' ? 'table' : undefined;
}

const kinds = '(?:projects|organizations|folders|billingAccounts)';
const relative = new RegExp(`^/?(?:compute/[a-z0-9_]+/)?(${kinds}/[^/\\s]+(?:/\\S*)?)$`);
const within = new RegExp(`(?:^|/)(${kinds}/[^/]+(?:/.*)?)$`);
const address = /^https?:\/\/[a-z0-9.-]+\/([^?#\s]*)(?:[?#]\S*)?$/i;
const account = /^[a-z0-9-]{1,63}@([a-z][a-z0-9-]{4,28}[a-z0-9])\.iam\.gserviceaccount\.com$/;
const partial = /^\/?((?:zones|regions|global)\/\S+)$/;
const table = /^((?:[a-z0-9.-]+:)?[a-z][a-z0-9-]*)[.:]([\w-]+)\.([\w$-]+)$/;

/** The full name of the resource that a text is the name of, as `namesIn` tells it; undefined for any other text. */
export function nameOf(
  text: string,
  kind: Kind,
  service: string,
  project: string | undefined,
): string | undefined {
  if (text.length > 2_000 || (kind === undefined && !/[/@]/.test(text))) return undefined;
  if (/^(?:\/\/)?[a-z0-9-]+\.googleapis\.com\/\S+\/\S+$/.test(text)) return text.replace(/^(?:\/\/)?/, '//');
  const special = byKind(text, kind, service, project);
  if (special !== undefined) return special;
  const bucket = /^gs:\/\/([^/]+)(?:\/(.*))?$/s.exec(text);
  if (bucket !== null) return bucketName(bucket[1] ?? '', bucket[2] ?? '');
  const [, owner] = account.exec(text) ?? [];
  if (owner !== undefined) return `//iam.googleapis.com/projects/${owner}/serviceAccounts/${text}`;
  const own = relative.exec(text)?.[1] ?? within.exec(address.exec(text)?.[1] ?? '')?.[1];
  if (own !== undefined) return isCatalogue(own) ? undefined : `//${service}/${own}`;
  const isPartial = service === 'compute.googleapis.com' && project !== undefined;
  const part = isPartial ? partial.exec(text)?.[1] : undefined;
  return part === undefined || isCatalogue(part) ? undefined : `//${service}/projects/${project}/${part}`;
}

/** Its data is called by the id of a database that stands in the content, as its project does in the path. */
const datastore = 'datastore.googleapis.com';

/** What only the name of the member says to be a name. */
function byKind(text: string, kind: Kind, service: string, project: string | undefined): string | undefined {
  if (kind === 'bucket') return /^[a-z0-9][\w.-]+$/.test(text) ? bucketName(text, '') : undefined;
  if (kind === 'database') {
    const isNamed = service === datastore && project !== undefined && text !== '';
    return isNamed ? `//${service}/projects/${project}/databases/${text}` : undefined;
  }
  if (kind === 'projects') return `//${service}/projects/${text}`;
  if (kind === 'project') {
    return project === undefined || text === project ? undefined : `//${service}/projects/${text}`;
  }
  const [, owner, dataset, id] = (kind === 'table' && table.exec(text)) || [];
  if (owner === undefined) return undefined;
  return `//bigquery.googleapis.com/projects/${owner}/datasets/${dataset}/tables/${id}`;
}

function bucketName(bucket: string, object: string): string {
  const root = `//storage.googleapis.com/projects/_/buckets/${bucket}`;
  return object === '' ? root : `${root}/objects/${object}`;
}

/** What Google offers to everyone, and nobody can write. */
function isCatalogue(name: string): boolean {
  return (
    /(?:^|\/)(?:machineTypes|diskTypes|acceleratorTypes|licenses)\/[^/]+$/.test(name) ||
    /^(?:projects\/[^/]+\/)?(?:zones|regions)\/[^/]+$/.test(name) ||
    publicImages.has(/^projects\/([^/]+)\/global\/images\//.exec(name)?.[1] ?? '')
  );
}

/** The projects of the images that Google offers (Compute Engine documentation, "Operating system details"). */
const publicImages = new Set([
  'centos-cloud',
  'cos-cloud',
  'debian-cloud',
  'deeplearning-platform-release',
  'fedora-coreos-cloud',
  'opensuse-cloud',
  'oracle-linux-cloud',
  'rhel-cloud',
  'rhel-sap-cloud',
  'rocky-linux-cloud',
  'suse-cloud',
  'suse-sap-cloud',
  'ubuntu-os-cloud',
  'ubuntu-os-pro-cloud',
  'windows-cloud',
  'windows-sql-cloud',
]);
