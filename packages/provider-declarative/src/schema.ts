import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const secretKey = (description: string) => Type.String({ pattern: '^[A-Za-z0-9._-]{1,253}$', description });

const action = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$',
  description: 'Name of what the request does, as policies name it: `tickets:read`.',
});

const resource = Type.String({
  minLength: 1,
  description:
    'What it is done to, as `scope.resources` names it. `{name}` is a value of the path or of `from`: `project/{project}`.',
});

const place = {
  in: Type.Enum(['query', 'body'], {
    description:
      'Where it stands: in the query, or in the content (JSON, or a form). A JSON member inside another is `outer.inner`.',
  }),
  name: Type.String({ minLength: 1, description: 'Its name.' }),
};

const routeSchema = Type.Object(
  {
    method: Type.Enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], {
      description: 'Method. A route for GET is one for HEAD too, where none is for HEAD.',
    }),
    path: Type.String({
      pattern: '^/[^?#%\\s]*$',
      description:
        'Path behind `basePath`. `{name}` is one segment, `{name:int}` one of digits, `{name}.json` and `{name}:verb` one with that ending, `{name+}` at the end all that is left.',
    }),
    action,
    resource: Type.Optional(resource),
    also: Type.Optional(
      Type.Array(Type.Object({ action, resource: Type.Optional(resource) }, closed), {
        minItems: 1,
        description: 'What the same request does beside that.',
      }),
    ),
    from: Type.Optional(
      Type.Record(Type.String(), Type.Object(place, closed), {
        description:
          'Values that a resource names and that are not in the path. A list is as many resources.',
      }),
    ),
    when: Type.Optional(
      Type.Object(
        { ...place, is: Type.String({ description: 'Its value.' }) },
        { ...closed, description: 'Only a request that says so: for paths with several operations.' },
      ),
    ),
  },
  { ...closed, description: 'Which requests do what.' },
);

/** What the name of a place for a credential fits: a token of RFC 9110. */
export const slotName = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";

const slotSchema = Type.Object(
  {
    in: Type.Enum(['header', 'query', 'cookie', 'basic'], {
      description: 'Where the service reads the credential. `basic` is HTTP Basic.',
    }),
    name: Type.Optional(
      Type.String({
        pattern: slotName,
        description: 'Name of the header, the query parameter or the cookie; Basic has none.',
      }),
    ),
    prefix: Type.Optional(
      Type.String({ pattern: '^[ -~]*$', description: 'Text in front of it, in a header: `Bearer `.' }),
    ),
    user: Type.Optional(Type.String({ pattern: '^[ -9;-~]*$', description: 'User name of Basic.' })),
    userKey: Type.Optional(
      secretKey(
        'Key of the Secret that holds the user name of Basic. Without secretKey the password is empty.',
      ),
    ),
    secretKey: Type.Optional(secretKey('Key of the Secret. Default token.')),
  },
  { ...closed, description: 'One place for the credential.' },
);

/** The closed schema of `spec` of a `kind: ProviderType`. What it cannot say is in `findTypeFaults`. */
export const providerTypeSpec = Type.Object(
  {
    description: Type.Optional(Type.String({ description: 'What the service is, for people.' })),
    hosts: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'Hosts of the service. `spec.host` of a Provider takes their place.',
    }),
    basePath: Type.Optional(
      Type.String({ pattern: '^(?:/[^/{}?#%\\s]+)+$', description: 'What every path begins with: `/v1`.' }),
    ),
    auth: Type.Optional(
      Type.Array(slotSchema, {
        minItems: 1,
        description: 'Places for the credential, all of them filled. Left out: the service needs none.',
      }),
    ),
    placeholders: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description:
          'Environment variables that the agent’s client needs to start. `{placeholder}` stands for what it holds instead of the credential.',
      }),
    ),
    routes: Type.Array(routeSchema, {
      minItems: 1,
      description: 'Which requests do what. A request that is in none is denied.',
    }),
    denial: Type.Optional(
      Type.Object(
        {
          status: Type.Optional(
            Type.Integer({ minimum: 400, description: 'HTTP status, 400 to 499. Default 403.' }),
          ),
          contentType: Type.Optional(
            Type.String({
              pattern: '^[ -~]+$',
              description: 'Default application/json, or text/plain for a text.',
            }),
          ),
          body: Type.Unknown({
            description:
              'Content: JSON, or a text. In its texts `{message}` is why, `{status}` the HTTP status, `{code}` the rule and `{requestId}` the id.',
          }),
        },
        { ...closed, description: 'How the service words an error, so that its clients understand it.' },
      ),
    ),
  },
  { ...closed, description: 'A type of Provider, written down.' },
);

/** `spec` of a `kind: ProviderType`, checked. */
export type ProviderTypeSpec = Static<typeof providerTypeSpec>;

/** One of its routes. */
export type RouteSpec = Static<typeof routeSchema>;

/** One place for its credential. */
export type SlotSpec = Static<typeof slotSchema>;
