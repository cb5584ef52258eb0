import { loadModel } from '../src/catalogue.ts';
import type { Input } from '../src/reading.ts';
import { createResourceReader, type Resources } from '../src/resources.ts';

/** What a request gives its operation, for tests; `json` is its content. */
export interface Given {
  readonly json?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly query?: readonly (readonly [string, string])[];
}

/** The resources of `model:Operation` in us-east-1, of the account 111122223333 unless `accountId` says another. */
export async function resourcesOf(
  operation: string,
  { json, labels = {}, query = [] }: Given,
  accountId: string | undefined = '111122223333',
): Promise<Resources> {
  const [id = '', name = ''] = operation.split(':');
  const model = (await loadModel(id)).operation(name);
  if (model === undefined) throw new Error(`the catalogue has no ${operation}`);
  const input: Input = {
    labels: new Map(Object.entries(labels)),
    query,
    headers: [],
    content: async () => ({ value: json }),
  };
  const read = createResourceReader(accountId === '' || accountId === undefined ? {} : { accountId });
  return read(model, input, { partition: 'aws', region: 'us-east-1' });
}
