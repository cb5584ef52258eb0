import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDesk } from './pai.ts';

const head = (type: string, auth: string) =>
  `apiVersion: pai.io/v1\nkind: Provider\nmetadata: {name: mine}\nspec:\n  type: ${type}\n  auth: ${auth}\n`;
const bot = '{type: bot-token, secretRef: bot}';
const github = head('github', '{type: pat, secretRef: pat}');
const declared = `apiVersion: pai.io/v1
kind: ProviderType
metadata: {name: tickets}
spec:
  hosts: [tickets.example.com]
  auth: [{in: header, name: X-Key}]
  routes:
    - {method: GET, path: /t, action: "tickets:list", also: [{action: "users:list"}]}
---
`;
const isUnknown = (pattern: string) => `"${pattern}" fits no action that type`;

test.each([
  ['github', github, 'deny', 'pulls:mrge', 'did you mean pulls:merge'],
  ['github', github, 'allow', 'pull:create', 'did you mean pulls:create'],
  ['github', github, 'deny', 'pull:*', 'pai explain METHOD URL says what requests are called'],
  ['slack', head('slack', bot), 'allow', 'Chat.postMessage', 'did you mean chat.postMessage'],
  ['telegram', head('telegram', bot), 'deny', 'sendMesage', 'did you mean sendMessage'],
  [
    'tickets',
    `${declared}${head('tickets', '{secretRef: t}')}`,
    'deny',
    'tickets:lst',
    'did you mean tickets:list',
  ],
])('pai apply warns of a name that no action of %s has', async (type, text, list, pattern, remedy) => {
  const { pai, directory } = await createDesk();
  const file = join(directory, 'mine.yaml');
  await writeFile(file, `${text}  policy: {${list}: ["*", "${pattern}"]}\n`);
  const { status, err } = await pai(['apply', '-f', file]);
  expect(status).toBe(0);
  const line = text.split('\n').length;
  expect(err).toContain(
    `pai: warning: ${file}:${line}: policy.${list}[1] ${isUnknown(pattern)} ${type} is known to have; ${remedy}\n`,
  );
});

test.each([
  [
    'github',
    github,
    '"*", "*:read", "admin:hooks", "repo:delete", "Pulls:Write", "contents:push", "admin:graphql:*"',
  ],
  ['slack', head('slack', bot), '"chat.*", "socket-mode", "files.download", "admin.*"'],
  ['telegram', head('telegram', bot), '"get*", "SENDMESSAGE", "setStickerSetThumb"'],
  ['tickets', `${declared}${head('tickets', '{secretRef: t}')}`, '"tickets:*", "users:list"'],
  ['aws', head('aws', '{type: aws-sigv4, secretRef: a}'), '"s3:BrandNew"'],
])('pai apply says nothing of names that actions of %s can have', async (_, text, patterns) => {
  const { pai, directory } = await createDesk();
  await writeFile(join(directory, 'mine.yaml'), `${text}  policy: {allow: [${patterns}]}\n`);
  const { status, err } = await pai(['apply', '-f', join(directory, 'mine.yaml')]);
  expect(status).toBe(0);
  expect(err).not.toContain('fits no action');
});
