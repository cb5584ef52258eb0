import { differences } from './differences.ts';
import { editPolicy } from './edit-policy.ts';
import { exchange } from './exchange.ts';
import { filesBelow, findLeaks, type Haystack } from './leaks.ts';
import { hasCurl } from './perform-call.ts';
import { type Edit, scenes } from './scenes.ts';
import { say, showEdit, showExchange, showOutcome, showTitle } from './screen.ts';
import type { Stage } from './stage.ts';

/** How a performance went. */
export interface Played {
  /** Scenes played. */
  readonly count: number;
  /** What differed from what was expected: `scene 3`. */
  readonly wrong: readonly string[];
}

/** Plays every scene, prints each, and searches all that the agent could see for the real tokens. */
export async function play(stage: Stage): Promise<Played> {
  await introduce(stage);
  const wrong = new Set<string>();
  const outputs: string[] = [];
  const edits: Edit[] = [];
  for (const [i, scene] of scenes.entries()) {
    showTitle(scene, i + 1, scenes.length);
    for (const { edit, call, expect } of scene.steps) {
      if (edit !== undefined) {
        edits.push(edit);
        showEdit(await editPolicy(stage, edits));
      }
      const seen = await exchange(stage, call);
      outputs.push(seen.output);
      showExchange(seen);
      const found = differences(seen, expect);
      showOutcome(found);
      if (found.length > 0) wrong.add(`scene ${i + 1}`);
    }
  }
  if (!isFreeOfTokens(stage, outputs)) wrong.add('the search for the real tokens');
  return { count: scenes.length, wrong: [...wrong] };
}

async function introduce(stage: Stage): Promise<void> {
  const { github, orders, sidecar } = stage;
  const services = `${github.host} (127.0.0.1:${github.port}), ${orders.host} (127.0.0.1:${orders.port})`;
  say('Pai gives an AI agent access to services without ever giving it a credential.');
  say('On this machine, until the demo ends:');
  say();
  say(`  services  ${services}`);
  say('            over HTTPS; they answer 401 to everything but their one real token');
  say('  pai       two Secrets, encrypted; two Providers, github-writer.yaml and internal-api.yaml');
  say(`  sidecar   pai sidecar, TLS door ${sidecar.tls}, proxy door ${sidecar.proxy}`);
  say('  agent     unmodified curl and octokit, whose environment is what `pai env` printed, and PATH');
  if (!(await hasCurl(stage))) say("            curl is not installed here: Node's fetch stands in for it");
}

/** Looks for the tokens wherever the agent looks, and in what Pai wrote. */
function isFreeOfTokens(stage: Stage, outputs: readonly string[]): boolean {
  const haystacks: readonly Haystack[] = [
    ...outputs.map((text, i) => ({ name: `output of agent process ${i + 1}`, text })),
    { name: 'environment of the agent', text: JSON.stringify(stage.agentEnv) },
    { name: 'log of the sidecar', text: stage.sidecar.log() },
    ...filesBelow(stage.directory, 'file'),
  ];
  const leaks = findLeaks(haystacks, stage.tokens);
  const kilobytes = Math.round(haystacks.reduce((sum, { text }) => sum + text.length, 0) / 1_000);
  say();
  say(
    'The real tokens, plain, in hex and in base64, were searched for in what the agent wrote and was given,',
  );
  say(`the sidecar's log, the audit log and every file of Pai (${kilobytes} kB in all):`);
  say(leaks.length === 0 ? '  not found' : `  FOUND in ${leaks.join(', ')}`);
  return leaks.length === 0;
}
