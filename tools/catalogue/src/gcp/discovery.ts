/** One method of one version of an API, as its client describes it. */
export interface SourceMethod {
  /** The resources it belongs to, as the API spells them: `projects`, `locations`, `keyRings`. */
  readonly chain: readonly string[];
  readonly name: string;
  readonly httpMethod: string;
  /** Without a leading slash: `v1/{+name}:publish`. */
  readonly path: string;
  /** Where content can be sent besides: `upload/storage/v1/b/{bucket}/o`. */
  readonly uploadPath?: string;
  /** Parameters that stand in the query string. */
  readonly query: readonly string[];
  /** The form that the documentation gives for a parameter of the path: `projects/*\/topics/*`. */
  readonly forms: Readonly<Record<string, readonly string[]>>;
  /** Any one of them lets a token do it. */
  readonly scopes: readonly string[];
}

/** One version of an API, as its client describes it. */
export interface SourceApi {
  /** `pubsub`. */
  readonly name: string;
  /** `v1beta2`. */
  readonly version: string;
  /** `pubsub.googleapis.com`. */
  readonly host: string;
  readonly methods: readonly SourceMethod[];
}

/** Reads a client of the package `googleapis`: its code and its declarations. The same text always gives the same. */
export function readClient(name: string, version: string, code: string, declarations: string): SourceApi {
  const classes = classesOf(code);
  const parameters = parametersOf(declarations);
  const scopes = scopesIn(declarations);
  const [root] = [...classes.keys()];
  if (root === undefined) throw new Error(`${name} ${version} has no class`);
  const chains = chainsOf(root, classes);
  const methods: SourceMethod[] = [];
  const hosts = new Set<string>();
  for (const [className, chain] of chains) {
    for (const { method, text } of methodsOf(classes.get(className) ?? '')) {
      const url = /url: \(\s*rootUrl\s*\+\s*['"]([^'"]+)['"]/.exec(text)?.[1];
      const httpMethod = /\bmethod: '([A-Z]+)'/.exec(text)?.[1];
      const host = /rootUrl \|\|\s+'(https:\/\/[^']+)'/.exec(text)?.[1];
      if (url === undefined || httpMethod === undefined || host === undefined) continue;
      hosts.add(new URL(host).host);
      const upload = /mediaUrl: \(\s*rootUrl\s*\+\s*['"]([^'"]+)['"]/.exec(text)?.[1];
      const pathParameters = [
        ...(/pathParams: \[([^\]]*)\]/.exec(text)?.[1] ?? '').matchAll(/'([^']+)'/g),
      ].map(([, one = '']) => one);
      const own =
        parameters.get(`Params$${className}$${capitalized(method)}`) ??
        parameters.get(`Params$${className}$${method}`) ??
        [];
      methods.push({
        chain,
        name: method,
        httpMethod,
        path: url.replace(/^\//, ''),
        ...(upload !== undefined && { uploadPath: upload.replace(/^\//, '') }),
        query: own
          .map((one) => one.name)
          .filter((one) => !pathParameters.includes(one) && !notQuery.has(one)),
        forms: Object.fromEntries(
          own
            .filter((one) => pathParameters.includes(one.name) && one.forms.length > 0)
            .map((one) => [one.name, one.forms]),
        ),
        scopes: scopes.get(`${className} ${method}`) ?? [],
      });
    }
  }
  // what was a version once is empty
  if (methods.length === 0) return { name, version, host: `${name}.googleapis.com`, methods };
  const [only] = hosts;
  if (hosts.size !== 1 || only === undefined) throw new Error(`${name} ${version} has ${hosts.size} hosts`);
  return { name, version, host: only, methods };
}

const notQuery = new Set(['requestBody', 'resource', 'media']);

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).toLowerCase()}`;
}

/** Each class with its text, the client's own first. */
function classesOf(code: string): ReadonlyMap<string, string> {
  const found = [...code.matchAll(/^ {4}class ([\w$]+) \{$/gm)];
  return new Map(found.map((match, i) => [match[1] ?? '', code.slice(match.index, found[i + 1]?.index)]));
}

/** The class of every resource with the way to it: the names of the members spell it as the API does. */
function chainsOf(
  root: string,
  classes: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, readonly string[]>();
  const walk = (name: string, chain: readonly string[]) => {
    chains.set(name, chain);
    for (const [, member = '', child = ''] of (classes.get(name) ?? '').matchAll(
      /this\.(\w+) =\s+new ([\w$]+)\(/g,
    ))
      walk(child, [...chain, member]);
  };
  walk(root, []);
  return chains;
}

function methodsOf(text: string): readonly { method: string; text: string }[] {
  const found = [...text.matchAll(/^ {8}(\w+)\(paramsOrCallback, /gm)];
  return found.map((match, i) => ({
    method: match[1] ?? '',
    text: text.slice(match.index, found[i + 1]?.index),
  }));
}

function parametersOf(
  declarations: string,
): ReadonlyMap<string, readonly { name: string; forms: readonly string[] }[]> {
  const found = declarations.matchAll(
    /interface (Params\$[\w$]+) extends StandardParameters \{\n([\s\S]*?)\n {4}\}/g,
  );
  return new Map(
    [...found].map(([, name = '', body = '']) => [
      name,
      [...body.matchAll(/(?:\/\*\*([\s\S]*?)\*\/\s*)?^ {8}'?([\w.$-]+)'?\?: /gm)].map(
        ([, doc = '', one = '']) => ({ name: one, forms: formsIn(doc) }),
      ),
    ]),
  );
}

/** Resource names that a description writes out, with `*` for what varies. */
function formsIn(doc: string): readonly string[] {
  const found = doc
    .replaceAll('\\}', '}')
    .matchAll(
      /\b((?:projects|organizations|folders|billingAccounts|customers|accounts|users|properties)\/(?:\{[^}]*\}|\[[^\]]*\]|[\w.$*-]+)(?:\/[\w.$-]+|\/\{[^}]*\}|\/\[[^\]]*\]|\/\*)*)/g,
    );
  return [...new Set([...found].map(([, form = '']) => form.replace(/\{[^}]*\}|\[[^\]]*\]/g, '*')))];
}

function scopesIn(declarations: string): ReadonlyMap<string, readonly string[]> {
  const scopes = new Map<string, readonly string[]>();
  let current = '';
  for (const section of declarations.split(/^ {4}export class /m).slice(1)) {
    current = /^[\w$]+/.exec(section)?.[0] ?? '';
    for (const [, doc = '', method = ''] of section.matchAll(
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(\w+)\(params/g,
    )) {
      const list = /scopes: \[([^\]]*)\]/.exec(doc)?.[1];
      if (list !== undefined)
        scopes.set(
          `${current} ${method}`,
          [...list.matchAll(/'([^']+)'/g)].map(([, scope = '']) => scope),
        );
    }
  }
  return scopes;
}
