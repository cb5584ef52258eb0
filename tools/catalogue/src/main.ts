import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsCatalogues } from './aws/aws.ts';
import { gcpCatalogues, readRestApis } from './gcp/gcp.ts';
import { gcpGrpcCatalogues } from './gcp/grpc.ts';
import { createRestNames } from './gcp/rest-names.ts';
import { githubCatalogue } from './github.ts';
import { githubGraphqlCatalogue } from './github-graphql.ts';
import { writeCatalogue } from './manifest.ts';
import { slackCatalogue } from './slack.ts';
import { telegramCatalogue } from './telegram.ts';

const root = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'pai-catalogue-'));
try {
  const google = readRestApis(scratch);
  const catalogues = [
    githubCatalogue(scratch),
    githubGraphqlCatalogue(scratch),
    slackCatalogue(scratch),
    telegramCatalogue(scratch),
    ...(await awsCatalogues(scratch)),
    ...gcpCatalogues(google),
    ...gcpGrpcCatalogues(scratch, createRestNames(google.groups)),
  ];
  const entries = catalogues.map((catalogue) => writeCatalogue(root, catalogue));
  const manifest = join(import.meta.dirname, '../manifest.json');
  writeFileSync(manifest, `${JSON.stringify({ catalogues: entries }, undefined, 2)}\n`);
  for (const { file, counts } of entries) process.stdout.write(`${file} ${JSON.stringify(counts)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
