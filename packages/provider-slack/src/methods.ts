import { slackMethods } from './methods.generated.ts';

/**
 * What a method has to do with channels: `named` acts on those in its arguments, `neutral` on none but those, `across`
 * can reach others.
 */
export type Reach = 'named' | 'neutral' | 'across';

/** Every method of the generated table, with the arguments that name channels. */
export const knownMethods: ReadonlyMap<string, readonly string[]> = new Map(
  slackMethods
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', ...channels] = line.split(' ');
      return [name, channels];
    }),
);

const byLowerCase = new Map([...knownMethods.keys()].map((name) => [name.toLowerCase(), name]));

/** The method that a name differs from by case alone, if there is one. */
export function nearMiss(method: string): string | undefined {
  const known = byLowerCase.get(method.toLowerCase());
  return known === method ? undefined : known;
}

/** What a method can reach. One that is not in the table can reach anything. */
export function reachOf(method: string): Reach {
  const channels = knownMethods.get(method);
  if (channels === undefined || (across.test(method) && !uploads.test(method))) return 'across';
  if (neutral.test(method)) return 'neutral';
  return channels.length > 0 ? 'named' : 'across';
}

/** Methods whose channel argument, where they have one, is not all that they reach. */
const across =
  /^(?:(?:admin|apps|calls|canvases|files|oauth|rtm|search|slackLists)\.|agents\.conversations\.create$|conversations\.(?:acceptSharedInvite|create|list)$|(?:reactions|stars)\.list$|users\.conversations$)/;

/** The one way in which files are uploaded: neither method reaches a file that was there before. */
const uploads = /^files\.(?:getUploadURL|completeUpload)External$/;

/** Methods that are about people, the workspace, or what the agent itself shows. */
const neutral =
  /^(?:(?:dnd|functions|team|usergroups|users|views)\.|(?:api|auth)\.test$|auth\.teams\.list$|blocks\.validate$|bots\.info$|dialog\.open$|emoji\.list$|files\.getUploadURLExternal$)/;

/** Methods that take an app-level token (https://docs.slack.dev/authentication/tokens#app-level). */
export const appLevelMethods: ReadonlySet<string> = new Set([
  'apps.connections.open',
  'apps.event.authorizations.list',
]);
