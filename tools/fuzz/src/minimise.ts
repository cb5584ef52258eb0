/**
 * The shortest text found by taking bytes out of `text` as long as `stillFails` says so (delta debugging). Gives up
 * after `tries` questions.
 */
export async function minimise(
  text: string,
  stillFails: (text: string) => Promise<boolean>,
  tries = 3_000,
): Promise<string> {
  let best = text;
  let left = tries;
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    let at = 0;
    while (at < best.length && left > 0) {
      left -= 1;
      const shorter = best.slice(0, at) + best.slice(at + size);
      if (shorter !== best && (await stillFails(shorter))) best = shorter;
      else at += size;
    }
  }
  return best;
}
