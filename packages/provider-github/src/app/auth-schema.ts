import { credentialFields } from '@pai/policy';
import { type Static, Type } from 'typebox';

const identifier = (description: string) => Type.Integer({ minimum: 1, description });

/** `spec.auth` for a GitHub App: which app, where it is installed, and the Secret with its private key. */
export const appAuthSchema = Type.Object(
  {
    type: Type.Literal('github-app', {
      description: 'A GitHub App: tokens of one installation, made with the private key of the app.',
    }),
    appId: identifier('Id of the app, from its settings.'),
    installationId: identifier(
      'Id of the installation, the number at the end of the address of its settings.',
    ),
    ...credentialFields,
    secretKey: Type.Optional(
      Type.String({
        minLength: 1,
        default: 'private-key',
        description: 'Key in the Secret, of the private key in PEM. Default private-key.',
      }),
    ),
  },
  { additionalProperties: false, description: 'The credential.' },
);

/** `spec.auth` for a GitHub App, checked. */
export type AppAuth = Static<typeof appAuthSchema>;
